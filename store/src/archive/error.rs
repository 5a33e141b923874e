//! Why an archive was not written, or not believed.

use std::io;

use objclass::{Fault, ObjectId};

use crate::{CommitError, OpenStoreError};

/// Why a backup did not come about. What was written of it is no archive: its end is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] Fault),
    /// The archive cannot be written.
    #[error("cannot write the archive")]
    Write(#[from] io::Error),
}

/// Why bytes are not an archive to rely on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It does not begin as an archive does.
    #[error("this is no radula archive")]
    NotAnArchive,
    /// A newer release wrote it.
    #[error(
        "the archive has format {found}, this release reads up to {supported}; use a newer release"
    )]
    NewerFormat {
        /// The format it has.
        found: u32,
        /// The newest format this release reads.
        supported: u32,
    },
    /// It has no end: the backup was interrupted, or the file was cut.
    #[error(
        "the archive is cut off after {at} bytes: the backup did not finish, or the file was cut; it cannot be used"
    )]
    CutOff {
        /// Bytes there were.
        at: u64,
    },
    /// What is in it is not what was written.
    #[error("the archive is damaged at byte {at}: {what}; it cannot be used")]
    Damaged {
        /// Where the record begins that shows it.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// It holds more than a store would have accepted from a client.
    #[error("the archive cannot be used: object {object}, at byte {at}, {what}")]
    TooMuch {
        /// Where the record begins that shows it.
        at: u64,
        /// The object.
        object: ObjectId,
        /// What there is too much of, and what allows more: the rest of the sentence.
        what: String,
    },
    /// It cannot be read.
    #[error("cannot read the archive")]
    Read(#[from] io::Error),
}

/// Why a store was not restored. What there is of it is not a store, and is begun anew by the next restore.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The archive cannot be relied on.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// There is a store already, or something else, or the directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenStoreError),
    /// The rows could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The new store could not be read back.
    #[error(transparent)]
    ReadBack(#[from] BackupError),
    /// The new store does not hold what the archive does.
    #[error("the restored store does not hold what the archive does: their digests differ")]
    Differs,
}
