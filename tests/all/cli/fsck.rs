//! `radula fsck` on sound and damaged stores.
#![expect(
    clippy::disallowed_methods,
    reason = "damages the files of a store behind its back, starts the command"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use testkit::{binary::radula, fixture::Scratch};

use super::{Done, Place};

const CONTENT: &[u8] = b"what somebody stored and wants back as it was";

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_sound_store_is_said_to_be_sound() {
    let place = Place::new();
    place.feed(&["put", "a", "-"], CONTENT).succeeded();
    place.run(["setomapval", "b", "k", "v"]).succeeded();
    let text = place.run(["fsck"]).succeeded();
    assert_eq!(text.text(), "2 objects, 45 bytes, 0 problems\n");
    let json = place.run(["--json", "fsck"]).succeeded().json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["objects"], 2);
}

#[test]
fn a_repair_of_a_sound_store_changes_nothing_and_removal_needs_to_be_asked_for_twice() {
    let place = Place::new();
    place.feed(&["put", "a", "-"], CONTENT).succeeded();
    let text = place.run(["fsck", "--repair"]).succeeded();
    assert_eq!(text.text(), "1 objects, 45 bytes, 0 problems, 0 repaired\n");
    let json = place.run(["fsck", "--repair", "--remove-damaged", "--json"]);
    let json = json.succeeded().json();
    assert_eq!((&json["ok"], &json["repaired"]), (&true.into(), &0.into()));
    assert_eq!(place.run(["get", "a", "-"]).succeeded().out, CONTENT);
    let refused = place.run(["fsck", "--remove-damaged"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("--repair"), "{refused:?}");
}

#[test]
fn a_flipped_bit_in_an_object_is_found_and_named() {
    let place = Place::new();
    place.feed(&["put", "victim", "-"], CONTENT).succeeded();
    let mut flipped = 0;
    for file in files_below(&place.scratch.path().join("store")) {
        let mut bytes = fs::read(&file).unwrap();
        let found = bytes
            .windows(CONTENT.len())
            .position(|window| window == CONTENT);
        if let Some(at) = found {
            bytes[at] ^= 1;
            fs::write(&file, bytes).unwrap();
            flipped += 1;
        }
    }
    assert!(flipped > 0, "the content is nowhere in the store's files");
    let done = place.run(["fsck"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    let said = format!("{}{}", String::from_utf8_lossy(&done.out), done.err);
    assert!(
        said.contains("victim") || said.contains("damaged"),
        "{said}"
    );
}

#[test]
fn a_store_in_memory_has_nothing_to_check() {
    let home = Scratch::new();
    let mut command = Command::new(radula());
    command
        .args(["--store", "memory", "fsck"])
        .env("HOME", home.path());
    let done = Done::from(command.output().expect("the command starts"));
    done.failed(&["the memory store has no files to check"]);
}
