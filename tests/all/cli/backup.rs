//! `radula backup` and `restore`, and listings by a class.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the files the command writes, and damages them"
)]

use std::{fs, path::PathBuf};

use testkit::binary::{Victim, finish, radula_command};

use super::Place;

impl Place {
    fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The command on another store of the same place.
    fn other(&self, store: &str, arguments: &[&str]) -> super::Done {
        let mut command = radula_command(&self.file(store));
        finish(command.args(arguments)).into()
    }
}

#[test]
fn a_store_is_backed_up_and_restored_and_both_say_the_same_digest() {
    let place = Place::new();
    place.feed(&["put", "song", "-"], b"la la la").succeeded();
    place.run(["setomapval", "album", "k", "v"]).succeeded();
    let file = place.file("today.backup");
    let file = file.to_str().unwrap();
    let made = place.run(["--json", "backup", file]).succeeded().json();
    assert_eq!((&made["objects"], &made["bytes"]), (&2.into(), &8.into()));
    assert!(!place.file("today.backup.partial").exists());
    let checked = place.run(["--json", "backup", "--verify", file]);
    assert_eq!(checked.succeeded().json()["digest"], made["digest"]);

    let restored = place.other("new", &["--json", "restore", file]);
    assert_eq!(restored.succeeded().json()["digest"], made["digest"]);
    let song = place.other("new", &["get", "song", "-"]).succeeded();
    assert_eq!(song.out, b"la la la");
    let fsck = place.other("new", &["fsck"]).succeeded();
    assert!(fsck.text().ends_with(" 0 problems\n"), "{fsck:?}");
    place
        .other("new", &["restore", file])
        .failed(&["there is a store", "already"]);

    // Through a pipe, and of a store it was restored to: byte for byte the same.
    let piped = place.other("new", &["backup", "-"]).succeeded();
    assert_eq!(piped.out, fs::read(file).unwrap());
    let mut command = radula_command(&place.file("piped"));
    super::feed(command.args(["restore", "-"]), &piped.out).succeeded();
    assert_eq!(
        place.other("piped", &["ls"]).succeeded().text(),
        "album\nsong\n"
    );
}

#[test]
fn a_cut_or_changed_archive_is_refused_and_leaves_no_store() {
    let place = Place::new();
    place.feed(&["put", "song", "-"], b"la la la").succeeded();
    let file = place.file("a.backup");
    place.run(["backup", file.to_str().unwrap()]).succeeded();
    let whole = fs::read(&file).unwrap();
    let cut = &whole[..whole.len() - 20];
    let mut flipped = whole.clone();
    flipped[60] ^= 1;
    for (name, bytes, said) in [
        ("cut", cut, "cut off"),
        ("flipped", &flipped, "damaged at byte"),
        ("other", &b"#!/bin/sh"[..], "no radula archive"),
    ] {
        let file = place.file(name);
        fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        place
            .run(["backup", "--verify", file])
            .failed(&["cannot verify", said]);
        place.other("new", &["restore", file]).failed(&[said]);
        let after = place.other("new", &["ls"]);
        // Either nothing was begun, or what was is refused.
        let refused = after.err.contains("did not finish");
        assert!(
            refused || (name == "other" && after.text().is_empty()),
            "{after:?}"
        );
        let _ = fs::remove_dir_all(place.file("new"));
    }
    place
        .other("new", &["restore", file.to_str().unwrap()])
        .succeeded();
}

#[test]
fn a_backup_from_a_shell_holds_the_lines_before_it_and_another_process_is_refused() {
    let place = Place::new();
    let directory = place.scratch.dir("backups");
    let lines = format!(
        "setxattr a k v\nbackup {0}/one\nsetxattr b k v\nbackup {0}\n",
        directory.display()
    );
    place
        .shell(&["--durability", "buffered"], &lines)
        .succeeded();
    let mut objects: Vec<u64> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let json = place.run(["--json", "backup", "--verify", path.to_str().unwrap()]);
            json.succeeded().json()["objects"].as_u64().unwrap()
        })
        .collect();
    objects.sort_unstable();
    assert_eq!(objects, [1, 2]);
    // A process that has the store makes its own backups: another one is told so.
    let mut held = Victim::start(place.command().arg("shell"));
    held.say("getxattr a k");
    assert_eq!(held.hear().as_deref(), Some("v"), "it has the store");
    let refused = place.run(["--set", "store_wait=10ms", "backup", "-"]);
    refused.failed(&["in use by process"]);
    drop(held);
    let wrong = place.run(["--durability", "maybe", "ls"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn a_method_of_a_class_says_which_objects_are_listed() {
    let place = Place::new();
    fs::write(
        place.classes.join("cls_sizes.lua"),
        "function above(input, output)\n\
           local size = objclass.stat()\n\
           if size == 13 then error(\"unlucky\") end\n\
           if size > tonumber(input:str()) then return 1 end\n\
           return 0\n\
         end\n\
         objclass.register(above, 'r')\n\
         function grow(input, output) objclass.write(0, 1, input) end\n\
         objclass.register(grow, 'w')\n",
    )
    .unwrap();
    for (oid, length) in [("a", 5), ("b", 50), ("c", 500), ("d", 20)] {
        place
            .feed(&["put", oid, "-"], &vec![b'x'; length])
            .succeeded();
    }
    let ask = |more: &[&str]| {
        let arguments = ["ls", "--filter", "sizes.above", "--filter-input", "10"];
        place.run(arguments.iter().chain(more))
    };
    assert_eq!(ask(&[]).succeeded().text(), "b\nc\nd\n");
    assert_eq!(ask(&["--prefix", "c"]).succeeded().text(), "c\n");
    let json = ask(&["--json"]).succeeded().json();
    assert_eq!(json["objects"][0]["oid"], "b");

    place.feed(&["put", "broken", "-"], &[b'x'; 13]).succeeded();
    let partly = ask(&[]);
    assert_eq!((partly.code, partly.text()), (Some(1), "b\nc\nd\n"));
    partly.complained(&["1 objects did not answer", "broken", "unlucky"]);
    let json = ask(&["--json"]);
    assert_eq!(json.code, Some(1));
    let json = json.json();
    assert_eq!(json["failed"][0]["object"]["oid"], "broken");
    assert_eq!(json["objects"].as_array().unwrap().len(), 3);
    place
        .run(["ls", "--filter", "sizes.grow"])
        .failed(&["EPERM", "sizes"]);
    let wrong = place.run(["ls", "--filter", "sizes"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn a_file_of_many_pieces_goes_in_and_comes_out_as_it_was() {
    let place = Place::new();
    let (from, to) = (place.file("from"), place.file("to"));
    let data: Vec<u8> = (0..5_000_011_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(&from, &data).unwrap();
    place.run(["put", "o", from.to_str().unwrap()]).succeeded();
    place
        .run(["append", "o", from.to_str().unwrap()])
        .succeeded();
    place.run(["get", "o", to.to_str().unwrap()]).succeeded();
    assert!(fs::read(&to).unwrap() == [&data[..], &data].concat());
    // A missing object does not empty the file.
    place
        .run(["get", "nothing", to.to_str().unwrap()])
        .failed(&["ENOENT"]);
    assert_eq!(fs::metadata(&to).unwrap().len(), 10_000_022);
    place
        .run([
            "--set",
            "quotas.object_size=1MiB",
            "put",
            "o",
            from.to_str().unwrap(),
        ])
        .failed(&["EFBIG"]);
    assert_eq!(
        place.run(["stat", "o", "--json"]).succeeded().json()["size"],
        10_000_022
    );
}
