//! Files and streams the user names: the one place where the command itself touches the file system.
#![expect(
    clippy::disallowed_methods,
    reason = "the user names these files; they are read and written with the user's rights, as cp would"
)]

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use radula::{Bytes, read_pieces};

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
                File::open(path)
                    .and_then(|file| file.take(max).read_to_end(&mut bytes))
                    .map_err(|source| Failure::file("read", path, source))?;
            }
        }
        Ok(bytes)
    }
}

/// A file that has its name once it is whole and on disk: until then it is another's, or nobody's.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    partial: PathBuf,
    file: File,
}

impl<'a> NewFile<'a> {
    /// Begins the file as `PATH.partial`.
    pub(crate) fn create(path: &'a Path) -> Result<Self, Failure> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file =
            File::create(&partial).map_err(|source| Failure::file("write", &partial, source))?;
        Ok(Self {
            path,
            partial,
            file,
        })
    }

    /// Gives it its name, replacing what had it.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.partial, self.path))
            .and_then(|()| {
                let parent = self.path.parent();
                let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
                File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
            })
            .map_err(|source| Failure::file("write", self.path, source))
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a directory and those above it, unless they are there.
pub(crate) fn make_dir(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::file("make", path, source))
}

/// Writes a file, replacing what it held.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    File::create(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|source| Failure::file("write", path, source))
}

/// Writes what `fill` gives into a file, replacing what it held.
pub(crate) fn fill(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<u64>,
) -> Result<u64, Failure> {
    File::create(path)
        .and_then(|mut file| fill(&mut file))
        .map_err(|source| match source.downcast::<radula::Error>() {
            Ok(error) => Failure::Engine(error),
            Err(source) => Failure::file("write", path, source),
        })
}

/// Whether there is a directory.
pub(crate) fn is_directory(path: &Path) -> Result<bool, Failure> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::file("look at", path, error)),
    }
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|source| Failure::file("read", path, source))
}

/// Opens a file to read it line by line.
pub(crate) fn lines(path: &Path) -> Result<io::BufReader<File>, Failure> {
    File::open(path)
        .map(io::BufReader::new)
        .map_err(|source| Failure::file("read", path, source))
}
