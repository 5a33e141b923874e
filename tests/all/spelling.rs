//! What may be spelt in one place only, and what not at all.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the sources of this repository"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use testkit::corpus::repository;

/// The rooms of the product outside `runtime/`, whose table is where the names of runtimes stand. (`xtask` builds before
/// anything else and so depends on nothing of the product.)
const ROOMS: [&str; 13] = [
    "objclass/src",
    "sandbox/src",
    "transaction/src",
    "store/src",
    "loader/src",
    "radula/src",
    "cli/src",
    "review/src",
    "server/src",
    "ceph/classes/src",
    "ceph/client/src",
    "ceph/install/src",
    "ceph/plugin/src",
];

/// The product's source in `room`: every file that is no test, up to the tests in it.
fn sources(room: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(room).expect("a room of the product") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if name != "tests" {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).expect("a source file");
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            found.push((path, code.to_owned()));
        }
    }
    found
}

fn product() -> Vec<(PathBuf, String)> {
    let rooms = ROOMS.iter().map(|room| repository().join(room));
    rooms.flat_map(|room| sources(&room)).collect()
}

/// The lines of `text` that spell the name of a runtime, other than as a cargo feature.
fn spelt(text: &str) -> Vec<&str> {
    let names = runtime::KINDS.map(|kind| format!("{:?}", kind.name));
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.contains("feature = "))
        .filter(|line| names.iter().any(|name| line.contains(name)))
        .collect()
}

#[test]
fn the_names_of_runtimes_stand_in_their_table_only() {
    for (path, text) in product() {
        assert_eq!(
            spelt(&text),
            [""; 0],
            "{}: read runtime::KINDS",
            path.display()
        );
    }
}

#[test]
fn a_name_of_a_runtime_is_noticed() {
    assert_eq!(spelt("a\nif kind == \"wasm\" {\n").len(), 1);
    assert!(spelt("#[cfg(feature = \"wasm\")]\n// \"lua\"\n").is_empty());
    let table = sources(&repository().join("runtime/src"));
    assert!(table.iter().any(|(_, text)| !spelt(text).is_empty()));
}

/// A list, a policy or a trust that cannot be read must not become one that allows everything.
const GUARDING: [&str; 5] = ["ClassList", "Policy", "Trust", "load_list", "default_list"];

fn fails_open(text: &str) -> Vec<&str> {
    // A statement may be several lines.
    text.split_inclusive([';', '{', '}'])
        .filter(|statement| statement.contains("unwrap_or_default()"))
        .filter(|statement| GUARDING.iter().any(|word| statement.contains(word)))
        .collect()
}

#[test]
fn nothing_that_guards_has_a_default_in_place_of_an_error() {
    for (path, text) in product() {
        assert_eq!(fails_open(&text), [""; 0], "{}", path.display());
        assert!(
            !text.contains("impl Default for ClassList"),
            "{}",
            path.display()
        );
    }
    let settings = sources(&repository().join("runtime/src"));
    assert!(settings.iter().all(|(_, text)| fails_open(text).is_empty()));
}

#[test]
fn a_default_in_place_of_an_error_is_noticed() {
    let wrong = "let list = ClassList::parse(text)\n    .unwrap_or_default();";
    assert_eq!(fails_open(wrong).len(), 1);
}
