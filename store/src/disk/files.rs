//! The store's files, opened by names that anybody with the directory may have put something else under.
//!
//! A link would lead to somebody else's file, and a pipe would keep the opener waiting. So every file is looked at before it
//! is opened, opened without following links or waiting, and looked at again once it is open.
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    error::Error,
    fmt,
    fs::{self, File, FileType, Metadata, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

/// What is under a name of the store and must not be there.
#[derive(Debug)]
pub(super) struct NotOurs {
    pub(super) file: PathBuf,
    /// What it is, and what to do: the rest of a sentence that begins with the name.
    pub(super) what: String,
}

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.file, self.what)
    }
}

impl Error for NotOurs {}

impl NotOurs {
    pub(super) fn error(file: &Path, what: impl Into<String>) -> io::Error {
        let (file, what) = (file.to_owned(), what.into());
        io::Error::new(io::ErrorKind::InvalidInput, NotOurs { file, what })
    }
}

/// What the system said of a file.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) file: PathBuf,
    pub(super) said: String,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.file, self.said)
    }
}

impl Error for Named {}

/// The error, with the name of its file unless it has one.
pub(super) fn named(file: &Path, error: io::Error) -> io::Error {
    match error.get_ref() {
        Some(inner) if inner.is::<NotOurs>() || inner.is::<Named>() => error,
        _ => {
            let (file, said) = (file.to_owned(), error.to_string());
            io::Error::new(error.kind(), Named { file, said })
        }
    }
}

/// Opens a plain file as `options` say, without following a link or waiting for anybody.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) => check_kind(path, found.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(named(path, error)),
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = options.custom_flags(flags).open(path);
    let file = file.map_err(|error| named(path, error))?;
    check_kind(path, file.metadata()?.file_type())?;
    Ok(file)
}

/// Opens a plain file that is written in place and must therefore have no other name.
pub(super) fn open_single(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = open(path, options)?;
    check_single(path, &file.metadata()?)?;
    Ok(file)
}

/// Reads a plain file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = open(path, OpenOptions::new().read(true))?;
    file.read_to_end(&mut bytes)
        .map_err(|error| named(path, error))?;
    Ok(bytes)
}

/// Makes a file that was not there, with this content, and makes the content stable. What has the name goes.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let write = || {
        missing_is_fine(fs::remove_file(path))?;
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| named(path, error))
}

pub(super) fn missing_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).map_err(|error| named(path, error))
}

/// Makes stable which names a directory has.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    let sync = || File::open(path)?.sync_all();
    sync().map_err(|error| named(path, error))
}

pub(super) fn check_kind(path: &Path, found: FileType) -> io::Result<()> {
    match found.is_file() {
        true => Ok(()),
        false => Err(NotOurs::error(
            path,
            format!(
                "is {} where the store has a plain file; remove it, or put the file back",
                kind(found)
            ),
        )),
    }
}

pub(super) fn check_single(path: &Path, found: &Metadata) -> io::Result<()> {
    match found.nlink() {
        // A file that was removed while it was opened has none.
        0 | 1 => Ok(()),
        _ => Err(NotOurs::error(
            path,
            "has a second name (a hard link), and what is written to one is in both; give the store a copy of its own",
        )),
    }
}

pub(super) fn kind(found: FileType) -> &'static str {
    match found {
        found if found.is_symlink() => "a symbolic link",
        found if found.is_dir() => "a directory",
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        found if found.is_file() => "a plain file",
        _ => "a device",
    }
}
