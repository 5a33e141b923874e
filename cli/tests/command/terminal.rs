//! What people see in a terminal: text, no warning of a library, and nothing that does something to the terminal.
#![expect(
    clippy::disallowed_methods,
    reason = "opens a terminal and prepares class files"
)]

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::{ffi::OsStringExt as _, fs::OpenOptionsExt as _},
    process::{Command, Stdio},
    thread,
};

use radula::is_unprintable;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::place::Place;

/// Clears the screen, forges a line, turns the direction of text around: in C0, C1, separators and format characters.
const HOSTILE: &str =
    "o\u{1b}[2J\rforged\u{9b}31m\u{85}\u{202e}\u{2028}\u{61c}\u{feff}\u{e0041}end";

/// Runs a command in a terminal of its own and types `typed`. Returns its status and all that was to be seen.
fn in_terminal(command: &mut Command, typed: Option<&str>) -> (Option<i32>, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = || -> File {
        let name = OsString::from_vec(name.as_bytes().to_vec());
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed())
            .open(name)
            .unwrap()
    };
    let stdin = match typed {
        Some(_) => Stdio::from(terminal()),
        None => Stdio::null(),
    };
    command.stdin(stdin).stdout(terminal()).stderr(terminal());
    let mut child = command.spawn().unwrap();
    // The command is the only one left with the terminal: when it ends, reading does.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut master = File::from(master);
    let mut typing = master.try_clone().unwrap();
    if let Some(typed) = typed {
        typing.write_all(typed.as_bytes()).unwrap();
    }
    let reader = thread::spawn(move || {
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = master.read(&mut piece) {
            seen.extend_from_slice(&piece[..read]);
        }
        String::from_utf8(seen).expect("what is seen is text")
    });
    let status = child.wait().unwrap();
    (status.code(), reader.join().unwrap())
}

#[track_caller]
fn is_harmless(arguments: &[&str], seen: &str) {
    let seen = seen.replace("\r\n", "\n");
    let hidden: Vec<char> = seen
        .chars()
        .filter(|&c| is_unprintable(c) && !matches!(c, '\n' | '\t'))
        .collect();
    assert!(
        hidden.is_empty(),
        "{arguments:?} shows {hidden:?}: {seen:?}"
    );
    assert!(!seen.contains("tracing"), "{arguments:?}: {seen}");
}

/// A place whose every name and value is hostile.
fn hostile() -> Place {
    let place = Place::new();
    let o = HOSTILE;
    place.feed(&["put", o, "-"], o.as_bytes()).succeeded();
    place.run(["setxattr", o, o, o]).succeeded();
    place.run(["setomapval", o, o, o]).succeeded();
    place.run(["setomapheader", o, o]).succeeded();
    let classes = place.dir("classes");
    let marks = "\u{202e}\u{2028}\u{61c}\u{feff}";
    fs::write(
        classes.join("cls_hostile.lua"),
        format!(
            "local name = 'm{marks}'\n_G[name] = function(i, o) cls.log(0, i:str()) o:append(i:str()) end\n\
             cls.register(_G[name], 'r', 'doc {HOSTILE}')\n\
             function fails(i, o) error(i:str()) end cls.register(fails, 'r', 'doc {marks}')\n\
             function echo(i, o) cls.log(0, i:str()) o:append(i:str()) end cls.register(echo, 'r')\n"
        )
        .replace('\r', "")
        .replace('\u{1b}', ""),
    )
    .unwrap();
    place
}

#[test]
fn no_verb_shows_a_terminal_anything_but_text() {
    let place = hostile();
    let o = HOSTILE;
    let out = place.dir(&format!("out{}", o.replace(['\r', '\u{1b}'], "")));
    let (file, out) = (
        out.join("f").display().to_string(),
        out.display().to_string(),
    );
    let script = &*place.file(
        "e.lua",
        "function f(i, o) o:append(i:str()) error(i:str()) end cls.register(f)",
    );
    let empty = place.dir("empty");
    let ceph = empty.to_str().unwrap();
    let class_file = place.dir("classes").join("cls_hostile.lua");
    let cases: &[(&[&str], i32)] = &[
        (&["exec", o, "hostile", "echo", o], 0),
        (&["exec", o, "hostile", "echo", o, "-vvv"], 0),
        (&["exec", o, "hostile", "fails", o, "-vv"], 1),
        (&["exec", o, o, o, o], 1),
        (&["eval", o, script, "f", o], 1),
        (&["eval", o, script, o, o], 1),
        (&["put", o, "/no/such/file\u{9b}"], 1),
        (&["get", o, "-"], 0),
        (&["get", o, &file], 0),
        (&["append", o, script], 0),
        (&["stat", o], 0),
        (&["df"], 0),
        (&["ls"], 0),
        (&["ls", "--all"], 0),
        (&["ls", "--filter", "hostile.fails", "--filter-input", o], 1),
        (&["setxattr", o, "a", o], 0),
        (&["getxattr", o, o], 0),
        (&["listxattr", o], 0),
        (&["rmxattr", o, "none\u{202e}"], 1),
        (&["setomapval", o, "a", o], 0),
        (&["getomapval", o, o], 0),
        (&["listomapkeys", o], 0),
        (&["listomapvals", o], 0),
        (&["rmomapkey", o, "a"], 0),
        (&["setomapheader", o, o], 0),
        (&["getomapheader", o], 0),
        (&["truncate", o, "3"], 0),
        (&["truncate", o, o], 2),
        (&["backup", &out], 0),
        (&["backup", "--verify", &file], 1),
        (&["restore", &file], 1),
        (&["fsck"], 0),
        (&["config"], 0),
        (&["--set", "pool=a\u{9b}\u{202e}b", "config"], 2),
        (&["--set", "\u{9b}\u{202e}=b", "config"], 2),
        (&["class", "ls"], 0),
        (&["class", "show", "hostile"], 0),
        (&["class", "stub", "hostile", "--lang", "python"], 0),
        (&["class", "stub", "hostile", "--lang", "c"], 0),
        (&["class", "stub", "hostile", "--lang", "rust"], 0),
        (&["class", "explain", "hostile"], 0),
        (&["class", "explain", o], 1),
        (&["class", "check", class_file.to_str().unwrap()], 0),
        (
            &["serve", "--listen", "192.0.2.1:0", "--write-conf", &out],
            1,
        ),
        (&["serve", "--listen", o], 2),
        (&["testbed", "--", o], 1),
        (&["ceph", "status", "--dest", ceph], 0),
        (&["ceph", "uninstall", "--dest", ceph], 1),
        (
            &[
                "ceph", "install", "--dest", &out, "--only", o, "--engine", script, "--stub",
                script,
            ],
            1,
        ),
        (&["shell", script], 1),
        (&["review", "--only", o], 2),
        (&["completions", "bash"], 0),
        (&["rm", o], 0),
        (&["rm", o], 1),
        (&[o], 2),
        (&["--no-such-flag\u{9b}\u{202e}"], 2),
    ];
    for (arguments, code) in cases {
        let (status, seen) = in_terminal(place.command().args(*arguments), None);
        assert_eq!(status, Some(*code), "{arguments:?}: {seen}");
        is_harmless(arguments, &seen);
        if !arguments.contains(&"completions") && !arguments.contains(&"review") {
            let (_, seen) = in_terminal(place.command().arg("--json").args(*arguments), None);
            is_harmless(arguments, &seen);
        }
    }
    // No verb is forgotten.
    let help = place.run(["--help"]).succeeded();
    let verbs = help
        .text()
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    for verb in verbs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
    {
        let is_tried = cases.iter().any(|(arguments, _)| arguments.contains(&verb));
        assert!(
            is_tried || verb.is_empty() || verb == "help",
            "{verb} is not tried"
        );
    }
}

#[test]
fn a_shell_in_a_terminal_shows_a_prompt_and_nothing_else_it_should_not() {
    let place = hostile();
    let typed = "ls\ngetxattr nobody none\nget \"$'\ngetomapval o $'\\x9b\\u202e\\e'\nquit\n";
    let (status, seen) = in_terminal(place.command().arg("shell"), Some(typed));
    assert_eq!(status, Some(1), "{seen}");
    assert!(seen.contains("radula> "), "{seen}");
    is_harmless(&["shell"], &seen);
}

#[test]
fn a_pipe_gets_the_bytes_and_json_shows_them_everywhere() {
    let place = hostile();
    assert_eq!(
        place.run(["ls"]).succeeded().out,
        format!("{HOSTILE}\n").as_bytes()
    );
    assert_eq!(
        place.run(["get", HOSTILE, "-"]).succeeded().out,
        HOSTILE.as_bytes()
    );
    let echoed = place.run(["exec", HOSTILE, "hostile", "echo", HOSTILE]);
    assert_eq!(echoed.out, HOSTILE.as_bytes());
    for arguments in [
        &["ls", "--json"][..],
        &["listxattr", HOSTILE, "--json"],
        &["class", "show", "hostile", "--json"],
        &["exec", HOSTILE, "hostile", "fails", HOSTILE, "--json"],
        &["shell", "--json"],
    ] {
        let done = place.feed(arguments, format!("getxattr {HOSTILE} none\n").as_bytes());
        let json = std::str::from_utf8(&done.out).unwrap();
        let hidden = |c: char| is_unprintable(c) && c != '\n';
        assert!(!json.contains(hidden), "{arguments:?}: {json:?}");
    }
    let listed = place.run(["ls", "--json"]).succeeded().json();
    assert_eq!(listed["objects"][0]["oid"], HOSTILE);
}
