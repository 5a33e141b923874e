//! The one file that owns ambient authority: everything else starts from a descriptor or a value made here.
#![expect(clippy::disallowed_methods, reason = "this is the one owner")]

use std::{
    io,
    os::{fd::OwnedFd, unix::fs::DirBuilderExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, Mode, OFlags};

/// Opens the root of the file system, where every walk begins.
pub(crate) fn root_directory() -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, "/", flags, Mode::empty())?)
}

/// Returns the directory relative paths start from.
pub(crate) fn working_directory() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// Returns the user whose rights this process has.
pub(crate) fn effective_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Makes the directory at `path` and those above it where they are missing, for this user alone. What is there already is
/// for the caller to check.
pub(crate) fn create_private_directories(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}
