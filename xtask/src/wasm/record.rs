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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The compilers, one a line.
    pub(super) compilers: Vec<String>,
    /// Digests by path.
    pub(super) files: BTreeMap<String, String>,
}

/// What two builds have to do with each other.
#[derive(Debug, PartialEq, Eq)]
enum Comparison {
    /// The same bytes by the same compilers.
    Same,
    /// They are builds of different lists of files.
    OtherFiles,
    /// Other compilers: the bytes need not be the same.
    OtherCompilers,
    /// The same compilers and other bytes, in these files.
    OtherBytes(Vec<String>),
}

impl Record {
    /// Makes this the record.
    pub(super) fn write(&self) -> TaskResult {
        Ok(fs::write(root().join(FILE), self.text())?)
    }

    /// Fails when this build is not the recorded one. A build with other compilers proves nothing about the bytes: that it
    /// worked is all that is asked of it. That the files are those of the record is a test of its own, run everywhere.
    pub(super) fn compare(&self) -> TaskResult {
        let text = fs::read_to_string(root().join(FILE)).map_err(|e| format!("{FILE}: {e}"))?;
        let recorded =
            Self::parse(&text).ok_or(format!("{FILE}: begins otherwise than a record"))?;
        let again = "run `cargo xtask classes --wasm` and commit what it writes";
        match self.against(&recorded) {
            Comparison::Same => {
                eprintln!(
                    "{} WASM classes are what their sources make",
                    self.files.len()
                );
                Ok(())
            }
            Comparison::OtherFiles => {
                Err(format!("{FILE} lists other files than the recipe makes: {again}").into())
            }
            Comparison::OtherCompilers => {
                eprintln!(
                    "digests of WASM classes NOT compared: {FILE} says\n  {}\nand here are\n  {}\nEverything was built; to \
                     record these compilers, {again}",
                    recorded.compilers.join("\n  "),
                    self.compilers.join("\n  ")
                );
                Ok(())
            }
            Comparison::OtherBytes(files) => Err(format!(
                "not what their sources make, or sources newer than they: {}; {again}",
                files.join(", ")
            )
            .into()),
        }
    }

    fn against(&self, recorded: &Self) -> Comparison {
        if self.files.keys().ne(recorded.files.keys()) {
            return Comparison::OtherFiles;
        }
        if self.compilers != recorded.compilers {
            return Comparison::OtherCompilers;
        }
        let differing: Vec<String> = self
            .files
            .iter()
            .filter(|(path, digest)| recorded.files.get(*path) != Some(digest))
            .map(|(path, _)| path.clone())
            .collect();
        if differing.is_empty() {
            Comparison::Same
        } else {
            Comparison::OtherBytes(differing)
        }
    }

    fn text(&self) -> String {
        let compilers = self.compilers.iter().map(|name| format!("# {name}\n"));
        let files = self
            .files
            .iter()
            .map(|(path, digest)| format!("{digest}  {path}\n"));
        std::iter::once(HEAD.to_owned())
            .chain(compilers)
            .chain(files)
            .collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(HEAD)?;
        let compilers = text.lines().filter_map(|line| line.strip_prefix("# "));
        let files = text.lines().filter_map(|line| line.split_once("  "));
        Some(Self {
            compilers: compilers.map(str::to_owned).collect(),
            files: files
                .filter(|(digest, _)| !digest.starts_with('#'))
                .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
                .collect(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            compilers: vec!["rustc 1".into(), "clang 2".into()],
            files: [("a/cls_x.wasm", "00"), ("b/cls_y.wasm", "11")]
                .map(|(path, digest)| (path.to_owned(), digest.to_owned()))
                .into(),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        assert_eq!(Record::parse(&record().text()), Some(record()));
        assert_eq!(Record::parse("00  a/cls_x.wasm\n"), None);
    }

    #[test]
    fn one_changed_file_is_named() {
        let mut changed = record();
        changed.files.insert("b/cls_y.wasm".into(), "12".into());
        assert_eq!(
            changed.against(&record()),
            Comparison::OtherBytes(vec!["b/cls_y.wasm".into()])
        );
        assert_eq!(record().against(&record()), Comparison::Same);
    }

    #[test]
    fn other_compilers_prove_nothing_but_a_missing_file_does() {
        let mut newer = record();
        newer.compilers[0] = "rustc 2".into();
        newer.files.insert("b/cls_y.wasm".into(), "12".into());
        assert_eq!(newer.against(&record()), Comparison::OtherCompilers);
        newer.files.remove("a/cls_x.wasm");
        assert_eq!(newer.against(&record()), Comparison::OtherFiles);
    }
}
