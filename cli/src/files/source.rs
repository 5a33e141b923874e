//! Where bytes come from.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use radula::{Bytes, read_pieces};

use super::open;
use crate::failure::Failure;

/// Where bytes come from.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// The command line itself.
    Here(OsString),
    /// A file.
    File(&'a Path),
    /// Standard input.
    Standard,
}

impl<'a> Source<'a> {
    /// A word of the command line or a file: `-` is standard input in either place, nothing is no bytes.
    pub(crate) fn new(word: Option<&OsString>, file: Option<&'a PathBuf>) -> Self {
        match (word, file) {
            (_, Some(file)) => Self::named(file),
            (Some(word), None) if word == "-" => Source::Standard,
            (Some(word), None) => Source::Here(word.clone()),
            (None, None) => Source::Here(OsString::new()),
        }
    }

    /// A file, or `-` for standard input.
    pub(crate) fn named(file: &'a Path) -> Self {
        if file == Path::new("-") {
            Source::Standard
        } else {
            Source::File(file)
        }
    }

    /// Reads all of it in pieces, at most `max` bytes and one: enough for the engine to see that it is too much.
    pub(crate) fn content(self, max: u64, stdin_is_free: bool) -> Result<Vec<Bytes>, Failure> {
        match self {
            Source::Here(word) => Ok(vec![word.into_vec().into()]),
            Source::Standard if !stdin_is_free => Err(Failure::StdinTaken),
            Source::Standard => read_pieces(io::stdin().lock(), max)
                .map_err(|source| Failure::file("read", Path::new("standard input"), source)),
            Source::File(path) => {
                read_pieces(open(path)?, max).map_err(|source| Failure::file("read", path, source))
            }
        }
    }

    /// Reads all of it, at most `max` bytes and one: enough for the engine to see that it is too much.
    pub(crate) fn read(self, max: u64, stdin_is_free: bool) -> Result<Vec<u8>, Failure> {
        let max = max.saturating_add(1);
        let mut bytes = Vec::new();
        match self {
            Source::Here(word) => bytes = word.into_vec(),
            Source::Standard if !stdin_is_free => return Err(Failure::StdinTaken),
            Source::Standard => {
                io::stdin()
                    .lock()
                    .take(max)
                    .read_to_end(&mut bytes)
                    .map_err(|source| Failure::file("read", Path::new("standard input"), source))?;
            }
            Source::File(path) => {
                open(path)?
                    .take(max)
                    .read_to_end(&mut bytes)
                    .map_err(|source| Failure::file("read", path, source))?;
            }
        }
        Ok(bytes)
    }
}
