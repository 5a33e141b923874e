//! Why a directory or a file was refused, and what to do about it.

use std::{io, path::PathBuf, sync::Arc};

use crate::Trust;

/// Why a class directory is not used. Each text names the path that is at fault, which may be above the directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirRefused {
    /// It, or a directory above it, does not exist. Not a fault: it may appear later.
    #[error("{} does not exist", path.display())]
    Missing {
        /// What does not exist.
        path: PathBuf,
    },
    /// It, or something above it, is not a directory.
    #[error("{} is not a directory: name a directory of class files", path.display())]
    NotADirectory {
        /// What is not one.
        path: PathBuf,
    },
    /// Somebody else owns it, or a directory above it.
    #[error("{} belongs to uid {owner}, who could change which classes run: chown it to {trust}", path.display())]
    Owner {
        /// The directory at fault.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who may own it.
        trust: Trust,
    },
    /// Its group may write it, or a directory above it, and it is not sticky.
    #[error("{path} is writable by its group (mode {mode:04o}): chmod g-w {path}", path = path.display())]
    GroupWritable {
        /// The directory at fault.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Everybody may write it, or a directory above it, and it is not sticky.
    #[error("{path} is writable by everybody (mode {mode:04o}): chmod go-w {path}", path = path.display())]
    WorldWritable {
        /// The directory at fault.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is for this user's own files, and is not this user's alone.
    #[error("{path} belongs to uid {owner} with mode {mode:04o}: it must belong to the user radula runs as and be for nobody else, chmod 0700 {path}", path = path.display())]
    NotPrivate {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link on the way belongs to somebody else.
    #[error("{} is a symbolic link of uid {owner}, who could point it elsewhere: name its target instead", path.display())]
    LinkOwner {
        /// The link.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// More symbolic links than the kernel would follow.
    #[error("{} leads through more than 40 symbolic links: name the directory itself", path.display())]
    TooManyLinks {
        /// The link given up at.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} cannot be opened: give the user radula runs as the right to read it", path.display())]
    Unreadable {
        /// What was being opened.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl DirRefused {
    /// Whether the directory is merely not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, DirRefused::Missing { .. })
    }
}

/// Why a class file is not used. Each text names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileRefused {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The name is not that of a file in the directory.
    #[error("{name:?} is not a file name: it must be one path component")]
    Name {
        /// What was given, cut.
        name: String,
    },
    /// It is a symbolic link, and not one to a version of its own name beside it.
    #[error("{} is a symbolic link: copy the file here instead", path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// It is a directory, a FIFO, a socket or a device.
    #[error("{path} is a {kind}, not a regular file: remove it", path = path.display())]
    NotRegular {
        /// What it is called.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Somebody else owns it.
    #[error("{} belongs to uid {owner}, who could change it: chown it to {trust}", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who may own it.
        trust: Trust,
    },
    /// Its group may write it, by its mode or by an access control list (whose mask shows as the group's mode).
    #[error("{path} is writable by its group (mode {mode:04o}): chmod g-w {path}", path = path.display())]
    GroupWritable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Everybody may write it.
    #[error("{path} is writable by everybody (mode {mode:04o}): chmod go-w {path}", path = path.display())]
    WorldWritable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It has other names, which may lie where others can write.
    #[error("{path} has {links} names (hard links): install a copy of its own", path = path.display())]
    HardLinked {
        /// The file.
        path: PathBuf,
        /// How many names it has.
        links: u64,
    },
    /// It has no content, as after an interrupted copy.
    #[error("{} is empty: copy it again", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is larger than its kind may be.
    #[error("{path} has {size} bytes, more than the {limit} a class file of its kind may have", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// It had more bytes than when it was checked.
    #[error("{path} grew beyond {size} bytes while it was read: install it by renaming", path = path.display())]
    Grew {
        /// The file.
        path: PathBuf,
        /// Its size in bytes when it was checked.
        size: u64,
    },
    /// It had fewer bytes than when it was checked.
    #[error("{path} shrank from {size} to {read} bytes while it was read: install it by renaming", path = path.display())]
    Shrank {
        /// The file.
        path: PathBuf,
        /// Its size in bytes when it was checked.
        size: u64,
        /// The bytes there were.
        read: u64,
    },
    /// It was written to while it was read.
    #[error("{} was changed while it was read: install it by renaming", path.display())]
    Rewritten {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to open or read it.
    #[error("{} cannot be read: give the user radula runs as the right to read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Its directory is not fit for use any more.
    #[error(transparent)]
    Directory(#[from] Arc<DirRefused>),
}
