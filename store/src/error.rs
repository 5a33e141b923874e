//! Why a store does not open and why a commit fails.

use std::{error::Error, path::PathBuf};

use objclass::{Errno, Fault};

use crate::{Busy, InvalidObjectId};

type Cause = Box<dyn Error + Send + Sync>;

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenStoreError {
    /// There is nothing at the path and it was not to be created.
    #[error("there is no store at {path:?}")]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// A restore into the directory did not finish.
    #[error(
        "the restore of the store at {path:?} did not finish: it holds part of an archive; restore it again, or remove the directory"
    )]
    HalfRestored {
        /// Where.
        path: PathBuf,
    },
    /// A restore would write over a store.
    #[error("there is a store at {path:?} already; restore into a new directory")]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another process, or another handle in this one, has it open.
    #[error("the store at {path:?} is in use{}; stop that process or choose another path", by(.pid))]
    InUse {
        /// Where.
        path: PathBuf,
        /// The process that has it, when it left its number.
        pid: Option<u32>,
    },
    /// Something else lives at the path.
    #[error("{path:?} is not a radula store: {found}; choose an empty or new directory")]
    NotAStore {
        /// Where.
        path: PathBuf,
        /// What was found there.
        found: String,
    },
    /// Something that is not the store's is under a name of it, or where it would get in its way.
    #[error("{file:?} {what}")]
    Stray {
        /// The file.
        file: PathBuf,
        /// What it is and what to do: the rest of the sentence.
        what: String,
    },
    /// A newer release wrote it.
    #[error(
        "the store at {path:?} has format {found}, this release reads up to {supported}; use a newer release"
    )]
    NewerFormat {
        /// Where.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest format this release reads.
        supported: u32,
    },
    /// The process may not read and write there.
    #[error(
        "no permission to use the store at {path:?}; it must be readable and writable by this user"
    )]
    Permission {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file system is mounted read-only.
    #[error("the store at {path:?} is on a read-only file system; remount it writable")]
    ReadOnly {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No space to open it: recovery and new journals need some.
    #[error("no space left for the store at {path:?}; free at least 128 MiB")]
    DiskFull {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What is stored is not what was written, or part of it is gone.
    #[error("the store at {path:?} is damaged: {what}; restore it from a backup")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What found it.
        #[source]
        source: Option<Cause>,
    },
    /// Anything else the system or the engine said.
    #[error("cannot open the store at {path:?}")]
    Failed {
        /// Where.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
}

fn by(pid: &Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}"))
        .unwrap_or_default()
}

/// Why a commit was not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// No object can have this id. Nothing was applied.
    #[error(transparent)]
    InvalidId(#[from] InvalidObjectId),
    /// The disk is nearly full. Nothing was applied, and the store goes on as soon as there is room.
    #[error(
        "no space left for the store: {free} bytes are free and {reserve} are kept back; free some space, or remove objects"
    )]
    NoSpace {
        /// Bytes free on the file system.
        free: u64,
        /// Bytes kept back.
        reserve: u64,
    },
    /// The pool has as many objects as it may have. Nothing was applied.
    #[error(
        "pool {pool} has {max} objects, all that quotas.pool_objects allows; remove some or raise it"
    )]
    PoolFull {
        /// The pool.
        pool: String,
        /// The ceiling.
        max: u64,
    },
    /// Too many commits wait, or for too long. Nothing was applied.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// What the commit builds on could not be read. Nothing was applied.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Writing or syncing failed. Whether the commit was applied shows when the store is opened again; until then
    /// it accepts no other.
    #[error(
        "the store could not write: {reason}; fix that and open the store again, it accepts no writes until then"
    )]
    Failed {
        /// What failed.
        reason: String,
        /// What the system or the engine said.
        #[source]
        source: Option<Cause>,
    },
    /// An earlier commit failed. Nothing was applied.
    #[error(
        "the store accepts no writes since an earlier one failed: {reason}; fix that and open the store again"
    )]
    Poisoned {
        /// What failed then.
        reason: String,
    },
}

impl CommitError {
    /// The error number a client sees.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            CommitError::InvalidId(invalid) => invalid.errno(),
            CommitError::NoSpace { .. } => Errno::ENOSPC,
            CommitError::PoolFull { .. } => Errno::EDQUOT,
            CommitError::Busy(busy) => busy.errno(),
            CommitError::Fault(_) | CommitError::Poisoned { .. } => Errno::EIO,
            CommitError::Failed { source, .. } => match io_kind(source.as_deref()) {
                Some(std::io::ErrorKind::StorageFull) => Errno::ENOSPC,
                Some(std::io::ErrorKind::QuotaExceeded) => Errno::EDQUOT,
                Some(std::io::ErrorKind::ReadOnlyFilesystem) => Errno::EROFS,
                _ => Errno::EIO,
            },
        }
    }
}

/// The kind of the first system error in a chain of causes.
pub(crate) fn io_kind(
    error: Option<&(dyn Error + Send + Sync + 'static)>,
) -> Option<std::io::ErrorKind> {
    io_error(error).map(std::io::Error::kind)
}

/// The first system error in a chain of causes.
pub(crate) fn io_error<'a>(
    error: Option<&'a (dyn Error + Send + Sync + 'static)>,
) -> Option<&'a std::io::Error> {
    let mut next: Option<&(dyn Error + 'static)> = error.map(|error| error as _);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref() {
            return Some(io);
        }
        next = error.source();
    }
    None
}
