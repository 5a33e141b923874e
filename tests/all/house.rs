//! What the pages say of the tree is true of the tree: versions, features, rooms, families, words, English.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the repository's own files"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use testkit::corpus::repository;

fn page(name: &str) -> String {
    let path = repository().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The text between the first `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("{from:?} is there"));
    rest.split_once(to).map_or(rest, |(inner, _)| inner)
}

/// What stands between backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Files below `folder` whose name ends in `suffix`, built files and other people's left out.
fn files(folder: &str, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder of the repository");
        for entry in entries {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !["target", ".git", "node_modules"].contains(&&*name) {
                    folders.push(path);
                }
            } else if name.ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    let below = path.strip_prefix(repository()).unwrap_or(path);
    below.display().to_string()
}

#[test]
fn the_documented_toolchain_is_the_one_required() {
    let manifest = page("Cargo.toml");
    let required = between(&manifest, "rust-version = \"", "\"");
    let page = page("docs/getting-started.md");
    assert_eq!(between(&page, "Rust toolchain (", " or newer)"), required);
}

#[test]
fn the_readme_names_the_default_features() {
    let manifest = page("radula/Cargo.toml");
    let default: BTreeSet<&str> = between(&manifest, "default = [", "]")
        .split(',')
        .map(|feature| feature.trim().trim_matches('"'))
        .collect();
    let readme = page("README.md");
    let named = quoted(between(&readme, "Cargo features, all on by default:", ". "));
    assert_eq!(named, default);
}

#[test]
fn every_member_of_the_workspace_has_a_room_on_the_architecture_page() {
    let manifest = page("Cargo.toml");
    let page = page("docs/architecture.md");
    let rooms: BTreeSet<&str> = page
        .split("](../")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .map(|link| link.trim_end_matches('/'))
        .collect();
    let homeless: Vec<&str> = between(&manifest, "members = [", "]")
        .lines()
        .map(|line| line.trim().trim_matches([',', '"']))
        .filter(|member| !member.is_empty())
        .filter(|member| {
            !Path::new(member)
                .ancestors()
                .any(|part| part.to_str().is_some_and(|part| rooms.contains(part)))
        })
        .collect();
    assert_eq!(homeless, [""; 0], "rooms: {rooms:?}");
}

#[test]
fn the_security_page_names_every_family_and_has_a_table_for_every_runtime() {
    let page = page("docs/security.md");
    let table = between(&page, "| family | attacks with |", "\n\n");
    let named = quoted(table);
    let folders = std::fs::read_dir(repository().join("tests/corpus/hostile"))
        .expect("the corpus is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.is_dir());
    for folder in folders {
        let family = folder.file_name().unwrap_or_default().to_string_lossy();
        assert!(named.contains(&*family), "no family {family} in {named:?}");
    }
    for section in [
        "Confined classes: Lua",
        "Confined classes: WASM",
        "Native classes",
    ] {
        let section = between(&page, &format!("## {section}\n"), "\n## ");
        assert!(
            section.contains("| behaviour | vulnerability? | why |"),
            "{section}"
        );
    }
}

/// Types outside tests, each with the files that define it.
fn types() -> BTreeMap<String, Vec<String>> {
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rooms = [
        "ceph",
        "cli",
        "loader",
        "objclass",
        "radula",
        "runtime",
        "sandbox",
        "store",
        "transaction",
    ];
    for path in rooms.iter().flat_map(|room| files(room, ".rs")) {
        let name = shown(&path);
        if name.contains("/tests/") || name.ends_with("/tests.rs") {
            continue;
        }
        let text = page(&name);
        let product = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for line in product.lines() {
            let mut words = line
                .trim_start()
                .split([' ', '<', '(', '{', ';', ':'])
                .skip_while(|word| matches!(*word, "pub" | "crate)" | "super)" | "unsafe" | ""));
            if let (Some("struct" | "enum" | "trait" | "union"), Some(word)) =
                (words.next(), words.next())
            {
                types.entry(word.to_owned()).or_default().push(name.clone());
            }
        }
    }
    types
}

/// Types that repeat a word of the glossary on purpose.
const SAME_THING: &[(&str, &str)] = &[
    (
        "Method",
        "the world of WASM classes has the contract's types again",
    ),
    (
        "Reply",
        "the world of WASM classes has the contract's types again",
    ),
    (
        "Writer",
        "the archive is written and read by a pair of its own",
    ),
    (
        "Reader",
        "the archive is written and read by a pair of its own",
    ),
    (
        "Header",
        "of an archive's record and of a journal, as their formats call it",
    ),
    ("Pool", "of a cluster, and of idle instances"),
    (
        "Work",
        "what the host does for a call, and what a server does itself beside an object",
    ),
];

#[test]
fn a_word_of_the_glossary_is_the_name_of_one_type() {
    let glossary = page("docs/glossary.md");
    let words: BTreeSet<String> = glossary
        .split("**")
        .skip(1)
        .step_by(2)
        .map(|word| {
            let parts = word.split([' ', '-']);
            parts
                .map(|part| {
                    let mut letters = part.chars();
                    let first = letters.next().map(|first| first.to_ascii_uppercase());
                    first.into_iter().chain(letters).collect::<String>()
                })
                .collect()
        })
        .collect();
    assert!(words.len() > 60, "{words:?}");
    let types = types();
    let twice: Vec<_> = words
        .iter()
        .filter(|word| !SAME_THING.iter().any(|(known, _)| known == word))
        .filter_map(|word| types.get(word).map(|files| (word, files)))
        .filter(|(_, files)| files.len() > 1)
        .collect();
    assert!(twice.is_empty(), "one word, one meaning: {twice:#?}");
    let stale: Vec<_> = SAME_THING
        .iter()
        .filter(|(word, _)| types.get(*word).is_none_or(|files| files.len() < 2))
        .collect();
    assert!(stale.is_empty(), "no exception any more: {stale:?}");
}

/// Turns of phrase that are exact and not English.
const FOREIGN: &[&str] = &[
    "other than well",
    "Printed is",
    "Printed are",
    "Installed are",
    "Named is",
    "makes right what",
    "makes nothing up",
    "what more comes",
];

#[test]
fn prose_is_plain_english() {
    let mut found = Vec::new();
    let pages = files("docs", ".md").into_iter().chain([
        repository().join("README.md"),
        repository().join("CONTRIBUTING.md"),
        repository().join("SECURITY.md"),
    ]);
    let sources = [
        "ceph",
        "cli",
        "loader",
        "objclass",
        "radula",
        "review",
        "runtime",
        "sandbox",
        "sdk",
        "store",
        "transaction",
        "xtask",
    ];
    for path in pages.chain(sources.iter().flat_map(|room| files(room, ".rs"))) {
        let name = shown(&path);
        for (number, line) in page(&name).lines().enumerate() {
            let lower = line.to_lowercase();
            for phrase in FOREIGN {
                if lower.contains(&phrase.to_lowercase()) {
                    found.push(format!("{name}:{}: {phrase}", number + 1));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "say it as a native would:\n{}",
        found.join("\n")
    );
}

#[test]
fn behind_is_a_place() {
    /// Where it was used for *after*, this followed or went before.
    const TIMES: &[&str] = &[
        "behind the end",
        "behind its end",
        "behind its length",
        "behind the other",
        "behind the last",
        "keys behind `",
        "entries behind `",
        "none behind it",
        "bytes behind",
        "on behind",
    ];
    let mut found = Vec::new();
    let pages = files("docs", ".md");
    let sources = [
        "abi",
        "ceph",
        "cli",
        "loader",
        "objclass",
        "radula",
        "review",
        "runtime/native",
        "runtime/src",
        "runtime/wasm",
        "sandbox",
        "sdk/rust",
        "transaction",
        "tests",
        "xtask",
    ];
    let own = Path::new(file!()).file_name();
    let sources = sources
        .iter()
        .flat_map(|room| [files(room, ".rs"), files(room, ".h")].concat())
        .filter(|path| path.file_name() != own);
    for path in pages.into_iter().chain(sources) {
        let name = shown(&path);
        for (number, line) in page(&name).lines().enumerate() {
            if TIMES.iter().any(|time| line.contains(time)) {
                found.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert!(
        found.is_empty(),
        "after, beyond, past:\n{}",
        found.join("\n")
    );
}
