//! Files and streams the user names: the one place where the command itself touches the file system.
#![expect(
    clippy::disallowed_methods,
    reason = "the user names these files; they are read and written with the user's rights, as cp would"
)]

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Write},
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

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
                File::open(path)
                    .and_then(|file| file.take(max).read_to_end(&mut bytes))
                    .map_err(|source| Failure::file("read", path, source))?;
            }
        }
        Ok(bytes)
    }
}

/// Writes a file, replacing what it held.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    File::create(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|source| Failure::file("write", path, source))
}

/// Opens a file to read it line by line.
pub(crate) fn lines(path: &Path) -> Result<io::BufReader<File>, Failure> {
    File::open(path)
        .map(io::BufReader::new)
        .map_err(|source| Failure::file("read", path, source))
}
