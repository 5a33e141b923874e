//! `class stub`: clients in other languages, against a server, through stock librados.

use testkit::binary::finish;

use super::Place;

/// A class that answers what it is given, of every type there is.
const ECHO: &str = include_str!("stub/cls_echo.lua");

fn place() -> Place {
    let place = Place::new();
    place.scratch.file("classes/cls_echo.lua", ECHO);
    place
}

fn stub(place: &Place, class: &str, language: &str) -> String {
    let arguments = ["class", "stub", class, "--lang", language];
    place.run(arguments).succeeded().text().to_owned()
}

/// Runs a program while the store of `place` is served.
fn runs(place: &Place, program: &[&str]) {
    let mut command = place.command();
    command.args(["testbed", "--"]).args(program);
    let done = super::Done::from(finish(&mut command));
    assert_eq!(done.code, Some(0), "{}\n{}", done.text(), done.err);
}

#[test]
fn a_client_in_python_speaks_to_the_class_through_stock_librados() {
    let place = place();
    for class in ["echo", "lock", "refcount"] {
        let code = stub(&place, class, "python");
        place.scratch.file(&format!("{class}_client.py"), code);
    }
    let program = place
        .scratch
        .file("program.py", include_str!("stub/program.py"));
    runs(
        &place,
        &["/usr/bin/python3", "-B", &program.display().to_string()],
    );
}

#[test]
fn a_client_in_c_speaks_to_the_class_through_stock_librados() {
    let place = place();
    for class in ["echo", "lock"] {
        let code = stub(&place, class, "c");
        place.scratch.file(&format!("{class}_client.h"), code);
    }
    let source = place
        .scratch
        .file("program.c", include_str!("stub/program.c"));
    let program = place.scratch.path().join("program");
    let (source, program) = (source.display(), program.display());
    // What is read beyond an answer, or never freed, ends the program too.
    let build = format!(
        "cc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover \
         {source} -o {program} -lrados && ASAN_OPTIONS=detect_leaks=0 {program}"
    );
    runs(&place, &["sh", "-c", &build]);
}

#[test]
fn a_client_in_rust_speaks_to_the_class_through_stock_librados() {
    let place = place();
    for class in ["echo", "lock"] {
        let code = stub(&place, class, "rust");
        place.scratch.file(&format!("{class}_client.rs"), code);
    }
    let source = place
        .scratch
        .file("program.rs", include_str!("stub/program.rs.in"));
    let program = place.scratch.path().join("program");
    let (source, program) = (source.display(), program.display());
    let build = format!("rustc --edition 2021 -D warnings {source} -o {program} && {program}");
    runs(&place, &["sh", "-c", &build]);
}

#[test]
fn every_bundled_class_has_clients_that_compile() {
    let place = place();
    let listed = place.run(["--json", "class", "ls"]).succeeded().json();
    let classes = listed["classes"].as_array().cloned().unwrap_or_default();
    assert!(classes.len() > 20, "{listed}");
    let (mut files, mut headers, mut modules) = (Vec::new(), String::new(), String::new());
    for class in &classes {
        let name = class["class"].as_str().unwrap_or_default();
        let file = format!("stub_{name}.py");
        let path = place.scratch.file(&file, stub(&place, name, "python"));
        files.push(path.display().to_string());
        let file = format!("stub_{name}.h");
        place.scratch.file(&file, stub(&place, name, "c"));
        place
            .scratch
            .file(&format!("stub_{name}.rs"), stub(&place, name, "rust"));
        modules.push_str(&format!("pub mod stub_{name};\n"));
        headers.push_str(&format!("#include \"{file}\"\n"));
    }
    let check = "import sys\nfor file in sys.argv[1:]: compile(open(file).read(), file, 'exec')";
    let arguments: Vec<&str> = ["/usr/bin/python3", "-B", "-c", check]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    runs(&place, &arguments);
    // One program may have the clients of all, in either language.
    let all = place.scratch.file("all.h", headers).display().to_string();
    for (compiler, standard) in [("cc", "c"), ("c++", "c++")] {
        runs(
            &place,
            &[
                compiler,
                "-x",
                standard,
                "-Wall",
                "-Werror",
                "-Wno-unused-function",
                "-fsyntax-only",
                &all,
            ],
        );
    }
    let all = place.scratch.file("all.rs", modules).display().to_string();
    for edition in ["2021", "2024"] {
        let output = place.scratch.path().join(edition).display().to_string();
        runs(
            &place,
            &[
                "rustc",
                "--edition",
                edition,
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "-D",
                "warnings",
                &all,
                "-o",
                &output,
            ],
        );
    }
}
