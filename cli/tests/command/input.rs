//! What the command reads: values from standard input, and names and keys of any bytes.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

use super::place::Place;

#[test]
fn a_value_that_is_not_given_comes_from_standard_input() {
    let place = Place::new();
    for arguments in [
        &["setxattr", "o", "k"][..],
        &["setomapval", "o", "k"],
        &["setomapheader", "o"],
    ] {
        place.feed(arguments, b"piped\n").succeeded();
    }
    for arguments in [
        &["getxattr", "o", "k"][..],
        &["getomapval", "o", "k"],
        &["getomapheader", "o"],
    ] {
        assert_eq!(place.run(arguments).succeeded().out, b"piped\n");
    }
}

#[test]
fn a_name_that_is_not_text_is_refused_with_what_to_do() {
    let place = Place::new();
    let name = OsStr::from_bytes(b"\xff");
    let word = OsStr::new;
    for arguments in [
        &[word("stat"), name][..],
        &[word("rm"), name],
        &[word("put"), name, word("file")],
        &[word("ls"), word("--prefix"), name],
        &[word("-p"), name, word("ls")],
        &[word("exec"), word("o"), name, word("m")],
    ] {
        let done = place.run(arguments);
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains("must be UTF-8 text: write"), "{done:?}");
    }
    place
        .run([word("setxattr"), word("o"), name, name])
        .succeeded();
    let value = place.run([word("getxattr"), word("o"), name]).succeeded();
    assert_eq!(value.out, b"\xff");
}

#[test]
fn keys_of_any_bytes_can_be_written_in_a_line_of_the_shell() {
    let place = Place::new();
    let shell = |lines: &[u8]| place.feed(&["shell"], lines);
    let lines = b"setomapval o $'\\xff' raw\nsetomapval o $'a\\nb' lines\ngetomapval o \xff\ngetomapval o $'\\xff'\n\
        getomapval o $'a\\u000ab'\nlistomapkeys o\n";
    let done = shell(lines).succeeded();
    assert_eq!(done.out, b"raw\nraw\nlines\na\nb\n\xff\n");
    shell(b"setxattr $'\\xff' k v\n").complained(&["line 1", "UTF-8"]);
    shell(b"setxattr o k\n").complained(&["line 1", "standard input carries"]);
    shell(b"setxattr o $'\\q' v\n").complained(&["line 1", "backslash"]);
}
