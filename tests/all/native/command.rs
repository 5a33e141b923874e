//! Native classes from the command line.

use testkit::binary::radula_command;

use super::*;

/// Runs `radula` on a store of its own with the built native classes; answers success, standard output, standard error.
fn radula(scratch: &Scratch, arguments: &[&str]) -> (bool, String, String) {
    let output = radula_command(&scratch.path().join("store"))
        .arg("--class-dir")
        .arg(native_classes())
        .args(arguments)
        .output()
        .expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_first_command_of_a_newcomer_greets() {
    let scratch = Scratch::new();
    for class in ["hello", "hello_c"] {
        let (ok, printed, errors) =
            radula(&scratch, &["exec", "greeting", class, "say_hello", "Ceph"]);
        assert!(ok, "{errors}");
        assert_eq!(printed, "Hello, Ceph!", "{class}");
    }
}

#[test]
fn explain_and_show_say_which_file_answers() {
    let scratch = Scratch::new();
    let (ok, explained, errors) = radula(&scratch, &["class", "explain", "hello"]);
    assert!(ok, "{errors}");
    assert!(explained.contains("libcls_hello.so"), "{explained}");
    let (ok, shown, errors) = radula(&scratch, &["class", "show", "hello"]);
    assert!(ok, "{errors}");
    for part in [
        "say_hello",
        "turn_it_to_11",
        "native",
        "version       1.0.0",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let file = native_classes().join("libcls_hello_c.so");
    let (ok, checked, errors) = radula(&scratch, &["class", "check", &file.to_string_lossy()]);
    assert!(ok, "{errors}");
    assert!(checked.contains("hello_c"), "{checked}");
}

#[test]
fn a_write_flagged_rd_fails_with_one_line_that_says_so() {
    let scratch = Scratch::new();
    assert!(radula(&scratch, &["put", "greeting", "/dev/null"]).0);
    let (ok, _, errors) = radula(&scratch, &["exec", "greeting", "hello", "bad_writer", "x"]);
    assert!(!ok);
    assert!(
        errors.contains("EPERM")
            && errors.contains("objclass_write_full needs a method flagged WR"),
        "{errors}"
    );
}
