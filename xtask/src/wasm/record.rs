//! What the class files in the repository were built with, and their digests.
#![expect(
    clippy::disallowed_methods,
    reason = "keeps its record in the repository"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::run::{TaskResult, command, output, root};

/// Where the record lies.
const FILE: &str = "classes/wasm/DIGESTS";

const HEAD: &str = "\
# The class files in WebAssembly that this repository keeps: their BLAKE3 digests, and what they were built with.
# Written by `cargo xtask classes --wasm`; `cargo xtask classes --wasm --check` builds them again and compares.
";

/// One build of all class files.
#[derive(PartialEq, Eq)]
pub(super) struct Record {
    /// The compilers, one a line.
    pub(super) compilers: Vec<String>,
    /// Digests by path.
    pub(super) files: BTreeMap<String, String>,
}

impl Record {
    /// Makes this the record.
    pub(super) fn write(&self) -> TaskResult {
        let compilers = self.compilers.iter().map(|name| format!("# {name}\n"));
        let files = self
            .files
            .iter()
            .map(|(path, digest)| format!("{digest}  {path}\n"));
        let text: String = std::iter::once(HEAD.to_owned())
            .chain(compilers)
            .chain(files)
            .collect();
        Ok(fs::write(root().join(FILE), text)?)
    }

    fn read() -> TaskResult<Self> {
        let text = fs::read_to_string(root().join(FILE)).map_err(|e| format!("{FILE}: {e}"))?;
        let text = text
            .strip_prefix(HEAD)
            .ok_or(format!("{FILE}: begins otherwise than a record"))?;
        let compilers = text.lines().filter_map(|line| line.strip_prefix("# "));
        let files = text.lines().filter_map(|line| line.split_once("  "));
        Ok(Self {
            compilers: compilers.map(str::to_owned).collect(),
            files: files
                .filter(|(digest, _)| !digest.starts_with('#'))
                .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
                .collect(),
        })
    }

    /// Fails when this build is not the recorded one. A build with other compilers proves nothing about the bytes: that it
    /// worked is all that is asked of it. That the files are those of the record is a test of its own, run everywhere.
    pub(super) fn compare(&self) -> TaskResult {
        let recorded = Self::read()?;
        if self.files.keys().ne(recorded.files.keys()) {
            return Err(format!(
                "{FILE} lists other files than the recipe makes: run `cargo xtask classes --wasm` and commit what it \
                 writes"
            )
            .into());
        }
        if self.compilers != recorded.compilers {
            eprintln!(
                "digests of WASM classes NOT compared: {FILE} says\n  {}\nand here are\n  {}\nEverything was built; to \
                 record these compilers, run `cargo xtask classes --wasm` and commit what it writes",
                recorded.compilers.join("\n  "),
                self.compilers.join("\n  ")
            );
            return Ok(());
        }
        let differing: Vec<&str> = self
            .files
            .iter()
            .filter(|(path, digest)| recorded.files.get(*path) != Some(digest))
            .map(|(path, _)| path.as_str())
            .collect();
        if differing.is_empty() {
            eprintln!(
                "{} WASM classes are what their sources make",
                self.files.len()
            );
            return Ok(());
        }
        Err(format!(
            "not what their sources make, or sources newer than they: {}; run `cargo xtask classes --wasm` and commit \
             what it writes",
            differing.join(", ")
        )
        .into())
    }
}

/// The digests of what was built, by the path it will have.
pub(super) fn digests(
    tool: &Path,
    built: &[(String, PathBuf)],
) -> TaskResult<BTreeMap<String, String>> {
    let files = built.iter().map(|(_, file)| file);
    let digests = output(command(tool).arg("digest").args(files))?;
    let paths = built.iter().map(|(path, _)| path.clone());
    Ok(paths.zip(digests.lines().map(str::to_owned)).collect())
}
