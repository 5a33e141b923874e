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
fn every_bundled_class_has_a_client_that_compiles() {
    let place = place();
    let listed = place.run(["--json", "class", "ls"]).succeeded().json();
    let classes = listed["classes"].as_array().cloned().unwrap_or_default();
    assert!(classes.len() > 20, "{listed}");
    let mut files = Vec::new();
    for class in &classes {
        let name = class["class"].as_str().unwrap_or_default();
        let file = format!("stub_{name}.py");
        let path = place.scratch.file(&file, stub(&place, name, "python"));
        files.push(path.display().to_string());
    }
    let check = "import sys\nfor file in sys.argv[1:]: compile(open(file).read(), file, 'exec')";
    let arguments: Vec<&str> = ["/usr/bin/python3", "-B", "-c", check]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    runs(&place, &arguments);
}
