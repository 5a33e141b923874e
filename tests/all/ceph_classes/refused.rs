//! Class libraries of Ceph that are not opened, and why.

use std::{path::Path, process::Command};

use radula::{Errno, Radula};
use testkit::{
    binary,
    cluster::{Release, gone_without_ceph},
    engine::{hermetic_config, set},
    fixture::Scratch,
    native::ceph_class,
};

use super::{are_here, stock_classes};

/// Why the engine does not open `class` of this directory.
fn reason(scratch: &Scratch, directory: &Path, class: &str) -> String {
    let config = set(hermetic_config(scratch), "class_dir", directory);
    let radula = Radula::open(config).expect("the engine opens");
    let error = radula.loader().open(class).expect_err("it does not open");
    assert_eq!(error.errno(), Errno::EIO);
    error.reason()
}

#[test]
fn a_class_of_another_release_is_refused_with_both_names() {
    for release in [Release::Installed, Release::Eighteen] {
        if let Err(missing) = release.check_classes() {
            gone_without_ceph("a class of another release of Ceph", &missing);
            return;
        }
    }
    let scratch = Scratch::new();
    let newer = scratch.copy_of("newer", &Release::Eighteen.stock_classes());
    let reason = reason(&scratch, &newer, "refcount");
    assert!(reason.contains("built for Ceph 17 or later"), "{reason}");
    assert!(reason.contains("libceph-common 16."), "{reason}");
}

#[test]
fn what_its_initialisation_does_wrong_is_said() {
    if let Err(missing) = Release::check_headers() {
        gone_without_ceph("classes built against Ceph's headers", &missing);
        return;
    }
    let register = "cls_handle_t h; cls_method_handle_t m; cls_register(\"bad\", &h);";
    let method = "static int f(cls_method_context_t, ceph::buffer::list *, ceph::buffer::list *) { return 0; }";
    for (body, said) in [
        (String::new(), "it registers no class"),
        ("throw std::runtime_error(\"no\");".to_owned(), "threw: no"),
        ("throw 1;".to_owned(), "threw"),
        (
            "cls_handle_t h; cls_register(\"other\", &h);".to_owned(),
            "other",
        ),
        (
            "cls_handle_t h; cls_register(\"../x\", &h);".to_owned(),
            "../x",
        ),
        (
            format!("{register} cls_register_cxx_method(h, \"f\", 0, f, &m);"),
            "flags 0x0",
        ),
        (
            format!("{register} cls_register_cxx_method(h, \"f\", 1, nullptr, &m);"),
            "null function",
        ),
        (
            format!(
                "{register} for (int i = 0; i < 2; i++) cls_register_cxx_method(h, \"f\", 1, f, &m);"
            ),
            "twice",
        ),
    ] {
        let scratch = Scratch::new();
        let source = format!(
            "#include <stdexcept>\n#include <rados/objclass.h>\n{method}\nCLS_INIT(bad) {{ (void)f; {body} }}"
        );
        let directory = ceph_class(&scratch, "bad", &source);
        let reason = reason(&scratch, &directory, "bad");
        assert!(reason.contains(said), "{body}: {reason}");
    }
}

/// What a class says must be open first is opened first, and is said when it does not.
#[test]
fn class_deps_are_dependencies() {
    if let Err(missing) = Release::check_headers() {
        gone_without_ceph("classes built against Ceph's headers", &missing);
        return;
    }
    let scratch = Scratch::new();
    let source = r#"
        #include <rados/objclass.h>
        struct cls_deps_t { const char *name; const char *version; };
        extern "C" const cls_deps_t *class_deps() {
          static const cls_deps_t needed[] = {{"nothing", "1.0"}, {nullptr, nullptr}};
          return needed;
        }
        static int f(cls_method_context_t, ceph::buffer::list *, ceph::buffer::list *) { return 0; }
        CLS_INIT(needy) {
          cls_handle_t h; cls_method_handle_t m;
          cls_register("needy", &h);
          cls_register_cxx_method(h, "f", CLS_METHOD_RD, f, &m);
        }"#;
    let directory = ceph_class(&scratch, "needy", source);
    let config = set(hermetic_config(&scratch), "class_dir", directory);
    let radula = Radula::open(config).expect("the engine opens");
    let error = radula.loader().open("needy").expect_err("it needs another");
    assert!(error.reason().contains("nothing"), "{}", error.reason());
}

/// In a process that has an OSD's functions a class would register there, so the class is not even opened.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "makes a process that exports what an OSD exports"
)]
fn an_osd_opens_its_classes_itself() {
    if !are_here("a process that exports the functions of an OSD") {
        return;
    }
    let scratch = Scratch::new();
    let source = scratch.file(
        "osd.c",
        "int cls_register(const char *name, void **handle) { return 0; }",
    );
    let library = scratch.path().join("osd.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    assert!(built.expect("cc").success());
    let show = |preload: Option<&Path>| {
        let mut command = Command::new(binary::radula());
        command
            .args(["--store", "memory", "--class-dir"])
            .arg(stock_classes())
            .args(["class", "show", "lock"]);
        if let Some(library) = preload {
            command.env("LD_PRELOAD", library);
        }
        let output = command.output().expect("the command runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (opens, said) = show(None);
    assert!(opens, "{said}");
    let (opens, said) = show(Some(&library));
    assert!(!opens && said.contains("have Ceph open it"), "{said}");
}
