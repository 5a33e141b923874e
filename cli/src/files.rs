//! Files and streams the user names: the one place where the command itself touches the file system.
#![expect(
    clippy::disallowed_methods,
    reason = "the user names these files; they are read and written with the user's rights, as cp would"
)]

mod new_file;
mod source;
mod unnamed;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

pub(crate) use new_file::{NewFile, Purpose};
pub(crate) use source::Source;

/// Makes a directory and those above it, unless they are there.
pub(crate) fn make_dir(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::file("make", path, source))
}

/// Writes what anybody may read: a report, or where a server is.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = NewFile::create(path, Purpose::Report)?;
    file.write_all(bytes)
        .map_err(|source| Failure::file("write", path, source))?;
    file.finish().map(drop)
}

/// Whether there is a directory.
pub(crate) fn is_directory(path: &Path) -> Result<bool, Failure> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::file("look at", path, error)),
    }
}

/// Whether there is a file.
pub(crate) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The file of this program.
pub(crate) fn program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|source| Failure::file("read", path, source))
}

/// Opens a file to read it line by line.
pub(crate) fn lines(path: &Path) -> Result<io::BufReader<File>, Failure> {
    open(path).map(io::BufReader::new)
}
