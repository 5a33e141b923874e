//! The one file that owns ambient authority: everything else starts from a descriptor or a value made here.

use std::{io, os::fd::OwnedFd, path::PathBuf};

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
