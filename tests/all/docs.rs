//! What the documentation shows is what happens: its Lua is installed, its commands are run, their output compared.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use testkit::{
    behaviour::{StoreKind, Subject},
    binary::radula,
    corpus::{bundled_lua_classes, bundled_wasm_classes, repository},
    engine::TestEngine,
    fixture::Scratch,
};

/// A fenced block: its language and its lines, and the line of text before it.
struct Block {
    language: String,
    before: String,
    text: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "reads the repository's documentation"
)]
fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(repository().join(page)).expect("the page is there");
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    let mut before = "";
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                blocks.push(Block {
                    language: language.into(),
                    before: before.into(),
                    text: String::new(),
                });
            }
            None if open => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None if !line.is_empty() => before = line,
            None => {}
        }
    }
    assert!(!blocks.is_empty(), "{page} has no blocks");
    blocks
}

/// Runs one command line of a page in a home of its own. Its output ends where the page cannot show more: blank
/// space at the end is left out.
#[expect(clippy::disallowed_methods, reason = "runs the documented commands")]
fn run(line: &str, home: &Path) -> String {
    let path = format!(
        "{}:{}",
        radula()
            .parent()
            .expect("a binary is in a directory")
            .display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{line}")])
        .current_dir(home)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("RADULA_STORE", home.join("store"))
        .env("RADULA_LUA_CLASS_DIR", home.join("bundled"))
        .env("RADULA_WASM_CLASS_DIR", home.join("bundled-wasm"))
        .stdin(Stdio::null())
        .output()
        .expect("sh runs");
    String::from_utf8_lossy(&output.stdout).trim_end().into()
}

/// The commands of a block, each with the output the page shows. A here-document belongs to its command.
fn commands(block: &Block) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut terminator: Option<String> = None;
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), &terminator, commands.last_mut()) {
            (_, Some(end), Some((command, _))) => {
                command.push('\n');
                command.push_str(line);
                if line == end {
                    terminator = None;
                }
            }
            (Some(command), None, _) => {
                terminator = command
                    .split_once("<<'")
                    .and_then(|(_, end)| Some(end.strip_suffix('\'')?.into()));
                commands.push((command.into(), String::new()));
            }
            (None, _, Some((_, shown))) => {
                shown.push_str(line);
                shown.push('\n');
            }
            // A block without commands only shows something.
            (None, _, None) => return Vec::new(),
            (Some(_), Some(_), None) => unreachable!("a here-document has a command"),
        }
    }
    commands
}

/// A home with the bundled classes where an installation would have them.
fn home() -> Scratch {
    let scratch = Scratch::new();
    let _ = scratch.copy_of("bundled", &bundled_lua_classes());
    let _ = scratch.copy_of("bundled-wasm", &bundled_wasm_classes());
    // `~/classes` is the reader's; made by the page or by us, nobody else may write into it.
    let _ = scratch.dir("classes");
    scratch
}

#[test]
fn the_tour_of_getting_started_is_true() {
    let home = home();
    let mut count = 0;
    for block in blocks("docs/getting-started.md") {
        if let Some((_, rest)) = block.before.split_once("Write `~/") {
            let (file, _) = rest.split_once('`').expect("the name of a file ends");
            home.file(file, &block.text);
        }
        for (command, shown) in commands(&block) {
            assert_eq!(run(&command, home.path()), shown.trim_end(), "$ {command}");
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} commands were found on the page");
}

#[test]
fn the_sixty_seconds_of_the_readme_are_true() {
    let home = home();
    let mut compared = 0;
    for block in blocks("README.md")
        .iter()
        .filter(|block| block.language == "console")
    {
        for (command, shown) in commands(block) {
            if command.contains("/usr/bin/python3") && !has_librados() {
                continue;
            }
            let output = run(&command, home.path());
            // The page leaves out what would fill it.
            if !shown.is_empty() {
                assert_eq!(output, shown.trim_end(), "$ {command}");
                compared += 1;
            }
        }
    }
    assert!(
        compared >= 3,
        "only {compared} outputs were found on the page"
    );
}

/// Whether Ceph's binding for Python is here; on CI it must be.
fn has_librados() -> bool {
    let missing = testkit::cluster::Release::Installed.check();
    if let Err(missing) = &missing {
        testkit::cluster::gone_without_ceph("the Python session of the README", missing);
    }
    missing.is_ok()
}

#[test]
fn the_first_class_of_the_guide_works() {
    let guide = blocks("docs/classes.md");
    let note = guide
        .iter()
        .find(|block| block.text.starts_with("-- cls_note.lua"))
        .expect("the guide has cls_note.lua");
    let script = testkit::behaviour::Script {
        lua: note.text.clone(),
    };
    let engine = TestEngine::of(&Subject::lua(StoreKind::Memory), Some(&script));
    let objects = engine.objects();
    let error = objects
        .exec("o", "case", "read", b"")
        .expect_err("there is no note yet");
    assert_eq!(error.errno(), objclass::Errno::ENOENT);
    objects
        .exec("o", "case", "write", b"some text")
        .expect("the note is written");
    let reply = objects
        .exec("o", "case", "read", b"")
        .expect("the note is read");
    assert_eq!(&reply.output[..], b"some text");
    let error = objects
        .exec("o", "case", "write", [b'x'; 1001])
        .expect_err("a note of 1001 bytes is too long");
    assert_eq!(error.errno(), objclass::Errno::E2BIG);
}

/// The targets of the relative links of a page, without their anchors.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains("://"))
        .collect()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "reads the repository's documentation"
)]
fn every_link_leads_to_a_file() {
    let mut pages = vec![
        repository().join("README.md"),
        repository().join("CONTRIBUTING.md"),
        repository().join("SECURITY.md"),
        repository().join("tests/corpus/behaviour/README.md"),
    ];
    for directory in ["docs", "docs/design"] {
        let entries =
            std::fs::read_dir(repository().join(directory)).expect("the documentation is there");
        pages.extend(
            entries
                .map(|entry| entry.expect("a readable entry").path())
                .filter(|path| path.is_file()),
        );
    }
    let mut broken = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a readable page");
        let folder = page.parent().expect("a page is in a folder");
        let missing = links(&text)
            .into_iter()
            .filter(|link| !folder.join(link).exists());
        broken.extend(missing.map(|link| format!("{}: {link}", page.display())));
    }
    assert!(
        broken.is_empty(),
        "links to nowhere:\n{}",
        broken.join("\n")
    );
    assert_eq!(
        links("[a](b.md#c) and [d](#e) and [f](https://g) and [h](no.md)"),
        ["b.md", "no.md"]
    );
}
