//! The corpus: the cases built into this program, and those of any directory a reviewer names.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the directories a reviewer named on the command line"
)]

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    Accepted, Case, Family,
    case::{Body, EvalRequest, UnknownFamily},
    component::Component,
    files::Files,
    header::{self, BadHeader},
    operation::Operations,
};

/// Files of the built-in corpus: path below `tests/corpus/hostile`, and bytes.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/corpus.rs"));

/// Largest case file read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// The cases of a run, and the digest of the files they came from.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The cases, by family and id.
    pub cases: Vec<Case>,
    /// BLAKE3 over the name and content of every file, in order of their names.
    pub digest: String,
    /// Files of the reviewer's directories whose code is a built-in case already, and which were left out.
    pub known: usize,
}

/// Why a corpus cannot be used. A case that cannot be read would be a case that passes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A directory or file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A Lua case is not well formed.
    #[error("{file}")]
    Header {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: BadHeader,
    },
    /// A TOML case is not well formed.
    #[error("{file}")]
    Toml {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A TOML case holds no attack, or several.
    #[error("{file}: give exactly one of [files], [eval], [operations] and [component]")]
    Body {
        /// Which.
        file: String,
    },
    /// Two cases have one id.
    #[error("case {id} is in {first} and in {second}; rename one")]
    Twice {
        /// The id.
        id: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// A pair that is not there.
    #[error("case {id} is to be run with {pair}, which is not in the corpus")]
    NoPair {
        /// The case.
        id: String,
        /// What it names.
        pair: String,
    },
    /// A folder of the built-in corpus that is no family.
    #[error(transparent)]
    Family(#[from] UnknownFamily),
    /// A case that is asked for and is not there.
    #[error("there is no case {id}")]
    UnknownId {
        /// The id.
        id: String,
    },
    /// Nothing to run would read as success.
    #[error("no case left to run: check the directories, --family and --only")]
    Empty,
}

/// A case as a TOML file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    id: String,
    kind: String,
    title: String,
    expect: Option<Accepted>,
    #[serde(default)]
    why: String,
    files: Option<Files>,
    eval: Option<EvalRequest>,
    operations: Option<Operations>,
    component: Option<Component>,
}

impl Corpus {
    /// The cases that come with this program.
    ///
    /// # Errors
    /// [`CorpusError`] when one of them is not well formed, which a test excludes.
    pub fn built_in() -> Result<Self, CorpusError> {
        Self::read(&[])
    }

    /// The built-in cases and those of `directories` (every `.lua`, `.toml`, `.wat` and `.wasm` file in them, not below).
    ///
    /// # Errors
    /// [`CorpusError`]; no case is left out silently.
    pub fn read(directories: &[PathBuf]) -> Result<Self, CorpusError> {
        let mut files = Vec::new();
        for (name, bytes) in BUILT_IN {
            let family: Family = name.split('/').next().unwrap_or_default().parse()?;
            files.push((Some(family), (*name).to_owned(), bytes.to_vec()));
        }
        // Without the runtime every one of them would be refused, which would prove nothing.
        files.retain(|(family, ..)| cfg!(feature = "wasm") || *family != Some(Family::Wasm));
        let mut known = 0;
        for directory in directories {
            for (family, name, bytes) in read_directory(directory)? {
                if !name.ends_with(".toml")
                    && BUILT_IN.iter().any(|(_, own)| code(own) == code(&bytes))
                {
                    known += 1;
                } else {
                    files.push((family, name, bytes));
                }
            }
        }
        let mut hasher = blake3::Hasher::new();
        let mut cases = Vec::new();
        for (family, name, bytes) in &files {
            for part in [name.as_bytes(), bytes] {
                hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
                hasher.update(part);
            }
            cases.push(parse(*family, name, bytes)?);
        }
        let digest = hasher.finalize().to_hex().to_string();
        let mut cases = with_pairs(cases)?;
        cases.sort_by(|a, b| (a.family, &a.id).cmp(&(b.family, &b.id)));
        Ok(Self {
            cases,
            digest,
            known,
        })
    }

    /// Keeps the cases of `families` and of `ids`; an empty list keeps all.
    ///
    /// # Errors
    /// [`CorpusError::UnknownId`] for an id that is not there, [`CorpusError::Empty`] when no case is left.
    pub fn select(&mut self, families: &[Family], ids: &[String]) -> Result<(), CorpusError> {
        for id in ids {
            if !self.cases.iter().any(|case| case.id == *id) {
                return Err(CorpusError::UnknownId { id: id.clone() });
            }
        }
        self.cases.retain(|case| {
            (families.is_empty() || families.contains(&case.family))
                && (ids.is_empty() || ids.contains(&case.id))
        });
        if self.cases.is_empty() {
            return Err(CorpusError::Empty);
        }
        Ok(())
    }
}

/// What a file in Lua or WebAssembly does, whatever its header says.
fn code(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while rest.starts_with(b"--") || rest.starts_with(b";;") {
        let line = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        rest = &rest[line..];
    }
    rest
}

type File = (Option<Family>, String, Vec<u8>);

fn read_directory(directory: &Path) -> Result<Vec<File>, CorpusError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CorpusError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let path = entry.map_err(failed(directory))?.path();
        let endings = [runtime::LUA.suffix, ".toml", ".wat", runtime::WASM.suffix];
        let name = path.to_string_lossy();
        let wanted = endings.iter().any(|ending| name.ends_with(ending));
        // A FIFO in the reviewer's directory must not hang the reviewer.
        let meta = path.metadata().map_err(failed(&path))?;
        if !wanted || !meta.is_file() {
            continue;
        }
        if meta.len() > MAX_FILE {
            return Err(failed(&path)(io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        let bytes = fs::read(&path).map_err(failed(&path))?;
        files.push((None, path.display().to_string(), bytes));
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(files)
}

fn parse(family: Option<Family>, name: &str, bytes: &[u8]) -> Result<header::Tagged, CorpusError> {
    if !name.ends_with(".toml") {
        let is_wasm = name.ends_with(".wat") || name.ends_with(".wasm");
        let found = if is_wasm { Family::Wasm } else { Family::Lua };
        let family = family.unwrap_or(found);
        return header::parse(family, name, bytes).map_err(|source| CorpusError::Header {
            file: name.to_owned(),
            source,
        });
    }
    let file = || name.to_owned();
    let read: CaseFile = toml::from_slice(bytes).map_err(|source| CorpusError::Toml {
        file: file(),
        source: Box::new(source),
    })?;
    let (found, body) = match (read.files, read.eval, read.operations, read.component) {
        (Some(files), None, None, None) => (Family::Files, Body::Files(files)),
        (None, Some(eval), None, None) => (Family::Eval, Body::Eval(eval)),
        (None, None, Some(steps), None) => (Family::Transactions, Body::Operations(steps)),
        (None, None, None, Some(component)) => (Family::Wasm, Body::Component(component)),
        _ => return Err(CorpusError::Body { file: file() }),
    };
    let case = Case {
        id: read.id,
        family: family.unwrap_or(found),
        kind: read.kind,
        title: read.title,
        expect: read.expect.unwrap_or_else(Accepted::any_controlled_end),
        why: read.why,
        file: file(),
        body,
    };
    Ok((case, None))
}

fn with_pairs(tagged: Vec<header::Tagged>) -> Result<Vec<Case>, CorpusError> {
    let mut by_id: BTreeMap<String, Case> = BTreeMap::new();
    let mut tagged = tagged;
    for (case, _) in &mut tagged {
        let built_in = |case: &Case| BUILT_IN.iter().any(|(name, _)| *name == case.file);
        // A reviewer's variant of a built-in case stands beside it, under a name that says so.
        if by_id.get(&case.id).is_some_and(built_in) {
            case.id.push('+');
        }
        if let Some(first) = by_id.insert(case.id.clone(), case.clone()) {
            return Err(CorpusError::Twice {
                id: case.id.clone(),
                first: first.file,
                second: case.file.clone(),
            });
        }
    }
    let mut cases = Vec::new();
    for (mut case, pair) in tagged {
        if let (Some(pair), Body::Script(script)) = (pair, &mut case.body) {
            let Some(found) = by_id.get(&pair) else {
                return Err(CorpusError::NoPair { id: case.id, pair });
            };
            script.pair = Some(Box::new(found.clone()));
        }
        cases.push(case);
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_corpus_is_well_formed_and_every_family_has_cases() {
        let corpus = Corpus::built_in().unwrap();
        for &family in Family::ALL {
            assert!(
                corpus.cases.iter().any(|case| case.family == family),
                "no case of {family}"
            );
        }
    }

    #[test]
    #[cfg(feature = "wasm")]
    fn every_wasm_text_is_assembled() {
        for case in Corpus::built_in().unwrap().cases {
            let Body::Component(component) = &case.body else {
                continue;
            };
            let source = component.source.bytes().unwrap();
            // Those of megabytes are the same few lines over and over.
            if component.form != crate::Form::Binary && source.len() < 100_000 {
                let text = component
                    .form
                    .class_text(&String::from_utf8(source).unwrap());
                if let Err(error) = wat::parse_str(&text) {
                    panic!("{}: {error}", case.id);
                }
            }
        }
    }

    #[test]
    fn cases_of_a_directory_join_and_change_the_digest() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("mine.lua"), "while true do end").unwrap();
        let own = Corpus::read(&[directory.path().to_owned()]).unwrap();
        let built_in = Corpus::built_in().unwrap();
        assert_eq!(own.cases.len(), built_in.cases.len() + 1);
        assert_ne!(own.digest, built_in.digest);
    }

    #[test]
    fn a_built_in_case_is_not_run_twice_and_a_variant_of_it_stands_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let (_, own) = BUILT_IN
            .iter()
            .find(|(name, _)| name.starts_with("lua/L006"))
            .unwrap();
        let text = String::from_utf8_lossy(own).into_owned();
        fs::write(
            directory.path().join("L006_copy.lua"),
            text.replace("--@kind cpu", "--@kind x"),
        )
        .unwrap();
        fs::write(
            directory.path().join("L006_variant.lua"),
            format!("{text}local x = 1"),
        )
        .unwrap();
        let read = Corpus::read(&[directory.path().to_owned()]).unwrap();
        assert_eq!(read.known, 1);
        assert!(read.cases.iter().any(|case| case.id == "L006+"));
        assert_eq!(
            read.cases.len(),
            Corpus::built_in().unwrap().cases.len() + 1
        );
    }

    #[test]
    fn a_case_that_cannot_be_read_stops_the_run() {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a.toml", "id = 1"),
            ("b.lua", "--@expect fine"),
            ("c.lua", "--@pair X"),
        ] {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            assert!(
                Corpus::read(&[directory.path().to_owned()]).is_err(),
                "{name} was accepted"
            );
            fs::remove_file(&path).unwrap();
        }
        let mut corpus = Corpus::built_in().unwrap();
        assert!(corpus.select(&[], &["no such case".into()]).is_err());
    }
}
