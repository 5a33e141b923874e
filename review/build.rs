//! Embeds the built-in corpus, and notes which commit this is.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads the repository it builds"
)]

use std::{env, fmt::Write, fs, io, path::Path, process::Command};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let corpus = Path::new(&root)
        .join("../tests/corpus/hostile")
        .canonicalize()?;
    println!("cargo::rerun-if-changed={}", corpus.display());

    let mut files = Vec::new();
    for family in fs::read_dir(&corpus)? {
        let family = family?.path();
        if family.is_dir() {
            println!("cargo::rerun-if-changed={}", family.display());
            for file in fs::read_dir(&family)? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&corpus).map_err(io::Error::other)?;
        let line = format!(
            "({:?}, include_bytes!({:?})),",
            name.display().to_string(),
            file
        );
        writeln!(table, "    {line}").map_err(io::Error::other)?;
    }
    table.push(']');
    fs::write(Path::new(&out).join("corpus.rs"), table)?;

    // Each commit appends to this log; without a repository the commit is unknown, which the report says.
    let log = Path::new(&root).join("../.git/logs/HEAD");
    if log.exists() {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    let commit = Command::new("git")
        .args(["-C", &root, "rev-parse", "--short=12", "HEAD"])
        .output();
    if let Ok(output) = commit
        && output.status.success()
        && let Ok(commit) = String::from_utf8(output.stdout)
    {
        println!("cargo::rustc-env=RADULA_COMMIT={}", commit.trim());
    }
    let profile = env::var("PROFILE").unwrap_or_default();
    println!("cargo::rustc-env=RADULA_PROFILE={profile}");
    Ok(())
}
