//! What a file was when it was checked.

use std::path::PathBuf;

use bytes::Bytes;
use objclass::Digest;
use rustix::fs::Stat;

use crate::FileRefused;

/// Tells one state of a file from another without reading it.
///
/// # Non-guarantees
/// Equal identities do not prove equal content: clocks are coarse and owners can set times back. Content is
/// compared by [`Digest`]; an identity only says when it is worth reading again. The change time is part of it,
/// so that a repaired mode or owner counts as a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileIdentity {
    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn new(facts: &Stat) -> Self {
        Self {
            device: facts.st_dev,
            inode: facts.st_ino,
            // A negative size exists in the type only.
            size: u64::try_from(facts.st_size).unwrap_or(u64::MAX),
            modified: (facts.st_mtime, facts.st_mtime_nsec.cast_signed()),
            changed: (facts.st_ctime, facts.st_ctime_nsec.cast_signed()),
        }
    }
}

/// A file that passed every check, with the bytes that were read after it did.
#[derive(Clone, Debug)]
pub struct VerifiedFile {
    /// Where it lies; for messages, never to be opened again.
    pub path: PathBuf,
    /// The content. Not mapped: a file that is cut later cannot take it back.
    pub bytes: Bytes,
    /// BLAKE3 of `bytes`.
    pub digest: Digest,
    /// What the file was when it was read.
    pub identity: FileIdentity,
}

/// A file that need not be installed yet.
#[derive(Debug)]
pub struct Inspected {
    /// The content.
    pub file: VerifiedFile,
    /// What would have it refused where it lies: owner, mode, hard links, directory.
    pub objections: Vec<FileRefused>,
}
