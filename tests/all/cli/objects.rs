//! The verbs of `rados`.
#![expect(clippy::disallowed_methods, reason = "looks at what the command left")]

use super::Place;

#[test]
fn what_is_put_is_got_byte_for_byte() {
    let place = Place::new();
    let data: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = place.scratch.file("data", &data);
    let copy = place.scratch.path().join("copy");
    place
        .run(["put", "o", file.to_str().expect("UTF-8")])
        .succeeded();
    assert_eq!(place.run(["get", "o", "-"]).succeeded().out, data);
    place
        .run(["get", "o", copy.to_str().expect("UTF-8")])
        .succeeded();
    assert_eq!(read(&copy), data);
    place.feed(&["put", "o", "-"], b"short").succeeded();
    place.feed(&["append", "o", "-"], b" and long").succeeded();
    assert_eq!(
        place.run(["get", "o", "-"]).succeeded().text(),
        "short and long"
    );
    place.run(["truncate", "o", "5"]).succeeded();
    assert_eq!(place.run(["get", "o", "-"]).succeeded().text(), "short");
}

#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn read(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).expect("a file to read")
}

#[test]
fn a_missing_object_does_not_empty_the_file_it_was_to_fill() {
    let place = Place::new();
    let file = place.scratch.file("precious", "content");
    place
        .run(["get", "o", file.to_str().expect("UTF-8")])
        .failed(&["object rbd/o: ENOENT"]);
    assert_eq!(read(&file), b"content");
}

#[test]
fn stat_and_ls_look_as_those_of_rados() {
    let place = Place::new();
    place.feed(&["put", "b", "-"], b"12345").succeeded();
    place.feed(&["put", "a", "-"], b"").succeeded();
    place
        .feed(&["put", "c", "-", "-N", "other"], b"")
        .succeeded();
    let stat = place.run(["stat", "b"]).succeeded();
    let line = stat.text();
    assert!(line.starts_with("rbd/b mtime 20"), "{line}");
    assert!(line.ends_with("+0000, size 5\n"), "{line}");
    assert_eq!(place.run(["ls"]).succeeded().text(), "a\nb\n");
    assert_eq!(place.run(["ls", "--prefix", "b"]).succeeded().text(), "b\n");
    assert_eq!(place.run(["ls", "-N", "other"]).succeeded().text(), "c\n");
    assert_eq!(place.run(["ls", "-p", "empty"]).succeeded().text(), "");
    assert_eq!(
        place.run(["ls", "--all"]).succeeded().text(),
        "\ta\n\tb\nother\tc\n"
    );
    place.run(["rm", "a", "b"]).succeeded();
    assert_eq!(place.run(["ls"]).succeeded().text(), "");
    place.run(["rm", "a"]).failed(&["ENOENT"]);
    place.run(["stat", "a"]).failed(&["ENOENT"]);
}

#[test]
fn xattrs_and_omap_are_set_listed_and_removed() {
    let place = Place::new();
    place.run(["setxattr", "o", "name", "value"]).succeeded();
    place
        .feed(&["setxattr", "o", "raw", "-"], b"\xff\0")
        .succeeded();
    assert_eq!(
        place.run(["getxattr", "o", "name"]).succeeded().text(),
        "value"
    );
    assert_eq!(
        place.run(["getxattr", "o", "raw"]).succeeded().out,
        b"\xff\0"
    );
    assert_eq!(
        place.run(["listxattr", "o"]).succeeded().text(),
        "name\nraw\n"
    );
    place.run(["rmxattr", "o", "name"]).succeeded();
    place
        .run(["getxattr", "o", "name"])
        .failed(&["object rbd/o: ENODATA"]);

    place.run(["setomapval", "o", "key", "value"]).succeeded();
    place.run(["setomapval", "o", "number", "-1"]).succeeded();
    assert_eq!(
        place.run(["getomapval", "o", "key"]).succeeded().text(),
        "value"
    );
    assert_eq!(
        place.run(["listomapkeys", "o"]).succeeded().text(),
        "key\nnumber\n"
    );
    assert_eq!(
        place.run(["listomapvals", "o"]).succeeded().text(),
        "key\nvalue (5 bytes) :\n\
         00000000  76 61 6c 75 65                                    |value|\n00000005\n\n\
         number\nvalue (2 bytes) :\n\
         00000000  2d 31                                             |-1|\n00000002\n\n"
    );
    place.run(["rmomapkey", "o", "key"]).succeeded();
    place.run(["getomapval", "o", "key"]).failed(&["ENOENT"]);
    place.run(["setomapheader", "o", "head"]).succeeded();
    assert_eq!(place.run(["getomapheader", "o"]).succeeded().text(), "head");
}

#[test]
fn long_listings_are_whole() {
    let place = Place::new();
    let mut lines = String::new();
    for number in 0..1_205 {
        lines.push_str(&format!("setomapval o k{number:04} v\n"));
    }
    let mut command = place.command();
    command.args(["--set", "durability=buffered", "shell"]);
    super::feed(&mut command, lines.as_bytes()).succeeded();
    let keys = place.run(["listomapkeys", "o"]).succeeded();
    assert_eq!(keys.text().lines().count(), 1_205);
    assert!(keys.text().ends_with("k1204\n"));
    let json = place
        .run(["--json", "listomapvals", "o"])
        .succeeded()
        .json();
    assert_eq!(json["entries"].as_array().map(Vec::len), Some(1_205));
}

#[test]
fn json_holds_what_the_text_holds() {
    let place = Place::new();
    place.feed(&["put", "o", "-"], b"12345").succeeded();
    place.run(["setxattr", "o", "name", "value"]).succeeded();
    let stat = place.run(["--json", "stat", "o"]).succeeded().json();
    assert_eq!((&stat["ok"], &stat["size"]), (&true.into(), &5.into()));
    let list = place.run(["--json", "ls"]).succeeded().json();
    assert_eq!(list["objects"][0]["oid"], "o");
    let xattrs = place.run(["--json", "listxattr", "o"]).succeeded().json();
    assert_eq!(xattrs["xattrs"][0]["name"]["utf8"], "name");
    let got = place.run(["--json", "get", "o", "-"]).succeeded().json();
    assert_eq!(got["output"]["utf8"], "12345");
    let missing = place.run(["--json", "stat", "nosuch"]);
    assert_eq!(missing.json()["error"]["errno"], "ENOENT");
    assert!(missing.json()["class"].is_null());
}

#[test]
fn a_store_in_memory_is_gone_with_its_process() {
    let place = Place::new();
    let run = |arguments: &[&str]| -> super::Done {
        let mut command = place.command();
        command.args(["--store", "memory"]);
        testkit::binary::finish(command.args(arguments)).into()
    };
    // The kit's own --store comes first: a flag given twice is refused, not guessed at.
    let twice = run(&["ls"]);
    assert_eq!(twice.code, Some(2), "{twice:?}");
    let lines = place.shell(&["--set", "store=memory"], "setxattr o k v\ngetxattr o k\n");
    assert_eq!(lines.succeeded().text(), "v\n");
    assert!(!place.scratch.path().join("store").exists());
}

/// Each end of a pipe needs the store, which one process has at a time. Far more than a pipe holds goes through.
#[test]
#[expect(clippy::disallowed_methods, reason = "the shell joins the commands")]
fn commands_joined_by_a_pipe_do_not_wait_for_each_other() {
    let place = Place::new();
    let data = vec![b'x'; 1 << 20];
    let file = place.scratch.file("data", &data);
    place
        .run(["put", "a", file.to_str().expect("UTF-8")])
        .succeeded();
    let command = place.command();
    let radula: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_str().expect("UTF-8"))
        .collect();
    let radula = radula.join(" ");
    let joined = format!("{radula} get a - | {radula} put b - && {radula} ls | xargs {radula} rm");
    let done = super::Done::from(
        std::process::Command::new("sh")
            .args(["-c", &joined])
            .env("HOME", place.scratch.path())
            .output()
            .expect("a shell"),
    );
    done.succeeded();
    assert_eq!(place.run(["ls"]).succeeded().text(), "");
    place.feed(&["put", "c", "-"], &data).succeeded();
}

#[test]
fn a_store_another_process_keeps_is_waited_for_and_then_given_up() {
    let place = Place::new();
    let mut shell = testkit::binary::Victim::start(place.command().arg("shell"));
    shell.say("setxattr o k v");
    shell.say("getxattr o k");
    assert_eq!(shell.hear().as_deref(), Some("v"));
    place
        .run(["stat", "o", "--set", "store_wait=50ms"])
        .failed(&["is in use by process"]);
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| place.run(["getxattr", "o", "k", "--set", "store_wait=60s"]));
        std::thread::sleep(std::time::Duration::from_millis(100));
        shell.say("quit");
        waiting.join().expect("the waiting command ends")
    });
    assert_eq!(waiting.succeeded().text(), "v");
}

#[test]
fn how_full_pools_are_is_told_at_once() {
    let place = Place::new();
    assert_eq!(place.feed(&["put", "song", "-"], b"la la la").code, Some(0));
    place
        .run(["setomapval", "song", "key", "value"])
        .succeeded();
    place
        .run(["-p", "other", "setomapval", "list", "a", "b"])
        .succeeded();
    let told = place.run(["df"]).succeeded();
    let lines: Vec<Vec<&str>> = told
        .text()
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[1], ["1", "0", "2", "other"]);
    assert_eq!(lines[2], ["1", "8", "8", "rbd"]);
    assert_eq!(lines[3][0], "files:");
    place.run(["rm", "song"]).succeeded();
    let json = place.run(["df", "--json"]).succeeded().json();
    let pools = json["pools"].as_array().expect("a list");
    assert_eq!(pools.len(), 1, "an empty pool has nothing to tell: {json}");
}
