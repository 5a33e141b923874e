//! `--json`: what every verb prints is what `docs/json.md` says.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the documentation and waits for a server"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
};

use super::place::Place;
use serde_json::Value;

/// The tables of the page: shapes by name, answers by verb, each a list of members and their types.
struct Page {
    answers: BTreeMap<String, Members>,
    shapes: BTreeMap<String, Members>,
}

type Members = BTreeMap<String, String>;

impl Page {
    fn read() -> Self {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/json.md"))
                .unwrap();
        let (answers, shapes) = text.split_once("## Shapes").unwrap();
        Self {
            answers: table(answers),
            shapes: table(shapes),
        }
    }

    fn check(&self, verb: &str, answer: &Value) {
        let members = self
            .answers
            .get(verb)
            .unwrap_or_else(|| panic!("no row for {verb}"));
        self.check_members(verb, members, answer);
    }

    fn check_members(&self, place: &str, members: &Members, value: &Value) {
        let object = value
            .as_object()
            .unwrap_or_else(|| panic!("{place} is no object: {value}"));
        let found: Vec<_> = object.keys().collect();
        let mut found: Vec<String> = found.into_iter().cloned().collect();
        found.sort();
        let wanted: Vec<_> = members.keys().cloned().collect();
        assert_eq!(found, wanted, "members of {place}");
        for (name, kind) in members {
            self.check_value(&format!("{place}.{name}"), kind, &object[name]);
        }
    }

    fn check_value(&self, place: &str, kind: &str, value: &Value) {
        if let Some(kind) = kind.strip_suffix(" or null") {
            if !value.is_null() {
                self.check_value(place, kind, value);
            }
            return;
        }
        if let Some(kind) = kind.strip_prefix("list of ") {
            for value in value
                .as_array()
                .unwrap_or_else(|| panic!("{place} is no list: {value}"))
            {
                self.check_value(place, kind, value);
            }
            return;
        }
        let fits = match kind {
            "text" => value.is_string(),
            "number" => value.is_number(),
            "flag" => value.is_boolean(),
            "null" => value.is_null(),
            "any" => true,
            shape => {
                let members = self
                    .shapes
                    .get(shape)
                    .unwrap_or_else(|| panic!("no shape {shape}"));
                self.check_members(place, members, value);
                true
            }
        };
        assert!(fits, "{place} is no {kind}: {value}");
    }
}

fn table(text: &str) -> BTreeMap<String, Members> {
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let members: Members = cells[1]
            .split("; ")
            .filter_map(|member| {
                let (name, kind) = member.strip_prefix('`')?.split_once("` ")?;
                Some((name.to_owned(), kind.to_owned()))
            })
            .collect();
        for name in cells[0].split(", ") {
            rows.insert(name.replace('`', ""), members.clone());
        }
    }
    rows
}

#[test]
fn every_verb_prints_what_the_page_says() {
    let page = Page::read();
    let place = Place::new();
    let file = place.file("file", "content");
    let file = &*file;
    let script = place.file(
        "e.lua",
        "function f(i, o) o:append('x') end cls.register(f)",
    );
    let script = &*script;
    let out = place.dir("out");
    let path = |name: &str| out.join(name).display().to_string();
    let (copy, archive) = (path("copy"), path("archive"));
    // What the installer looks for in an engine and in a stub.
    let engine = &*place.file("engine", "\x7fELF radula_ceph_register");
    let stub = &*place.file("stub", "\x7fELF radula-ceph-stub/1");
    let osd = &*place.dir("osd").display().to_string();
    let class_file = place.path("classes/cls_echo.lua").display().to_string();
    let cases: &[(&str, &[&str])] = &[
        ("put", &["put", "o", file]),
        ("append", &["append", "o", file]),
        ("get", &["get", "o", &copy]),
        ("get -", &["get", "o", "-"]),
        ("exec", &["exec", "o", "echo", "echo", "x"]),
        ("eval", &["eval", "o", script, "f"]),
        ("stat", &["stat", "o"]),
        ("df", &["df"]),
        ("ls", &["ls"]),
        ("ls", &["ls", "--all"]),
        ("setxattr", &["setxattr", "o", "k", "v"]),
        ("getxattr", &["getxattr", "o", "k"]),
        ("listxattr", &["listxattr", "o"]),
        ("rmxattr", &["rmxattr", "o", "k"]),
        ("setomapval", &["setomapval", "o", "k", "v"]),
        ("getomapval", &["getomapval", "o", "k"]),
        ("listomapkeys", &["listomapkeys", "o"]),
        ("listomapvals", &["listomapvals", "o"]),
        ("rmomapkey", &["rmomapkey", "o", "k"]),
        ("setomapheader", &["setomapheader", "o", "v"]),
        ("getomapheader", &["getomapheader", "o"]),
        ("truncate", &["truncate", "o", "3"]),
        ("backup", &["backup", &archive]),
        ("backup", &["backup", "--verify", &archive]),
        ("restore", &["--set", "store=restored", "restore", &archive]),
        ("fsck", &["fsck"]),
        ("config", &["config"]),
        ("class ls", &["class", "ls"]),
        ("class show", &["class", "show", "echo"]),
        ("class describe", &["class", "describe", "echo"]),
        ("class stub", &["class", "stub", "echo", "--lang", "python"]),
        ("class explain", &["class", "explain", "echo"]),
        ("class explain", &["class", "explain", "nothing"]),
        ("class check", &["class", "check", &class_file]),
        (
            "ceph install",
            &[
                "ceph", "install", "--dest", osd, "--engine", engine, "--stub", stub,
            ],
        ),
        ("ceph status", &["ceph", "status", "--dest", osd]),
        ("ceph uninstall", &["ceph", "uninstall", "--dest", osd]),
        (
            "a failure of ls --filter",
            &["ls", "--filter", "echo.fails", "--filter-input", "x"],
        ),
        ("rm", &["rm", "o"]),
        ("a failure", &["rm", "o"]),
        ("a failure", &["exec", "o", "echo", "none"]),
        ("a failure", &["class", "show", "none"]),
        ("a failure", &["get", "o", "/no/such/file"]),
    ];
    for (verb, arguments) in cases {
        let done = place.run([&["--json"], *arguments].concat());
        page.check(verb, &done.json());
    }
    let lines = place.feed(
        &["shell", "--json"],
        b"setxattr o k v\nexec o echo echo x\nreload\nrm none\n",
    );
    let mut answers = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    for verb in ["setxattr", "exec", "reload (in a shell)"] {
        page.check(verb, &answers.next().unwrap());
    }
    let mut failure = answers.next().unwrap();
    let line = failure.as_object_mut().unwrap().remove("line");
    assert_eq!(line, Some(Value::from(4)));
    page.check("a failure", &failure);
    assert_eq!(answers.next(), None);
    page.check("serve", &served(&place));

    let mut checked: Vec<_> = cases.iter().map(|(verb, _)| *verb).collect();
    checked.extend(["reload (in a shell)", "serve"]);
    let rest: Vec<_> = page
        .answers
        .keys()
        .filter(|row| !checked.contains(&row.as_str()))
        .collect();
    assert!(rest.is_empty(), "rows that nothing checks: {rest:?}");
}

/// What `serve` answers while it runs.
fn served(place: &Place) -> Value {
    let mut server = place
        .command()
        .args(["--json", "serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    serde_json::from_str(&line).unwrap()
}
