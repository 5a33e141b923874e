//! Backups of the open store, and stores made from them.

use std::io::{Read, Write};

use objclass::Fault;
use store::{ArchiveError, ArchiveSummary, BackupError};

use crate::{
    Radula,
    config::{Config, StorePlace},
    embedded::disk,
    error::{OpenError, RestoreFailed},
};

impl Radula {
    /// Writes every object of the store to `to`, as it is at this moment. Writers continue meanwhile; what they write is
    /// not included. See [`restore`].
    ///
    /// # Errors
    /// The store cannot be read or the archive not written; what was written is then refused by every reader.
    pub fn backup(&self, mut to: impl Write) -> Result<ArchiveSummary, BackupError> {
        let Some(store) = self.store() else {
            return Err(Fault::new("cannot back up a Ceph cluster; use Ceph's own tools").into());
        };
        let frozen = store.freeze()?;
        store::backup(&*frozen, &mut to)
    }
}

/// Makes the store `config` names, which must not be there yet, from an archive. The new store is read back and its digest
/// compared before it becomes one; a restore that is cut short leaves a directory that says so and does not open as a store.
///
/// # Errors
/// [`RestoreFailed`]; then there is no store.
pub fn restore(config: &Config, mut from: impl Read) -> Result<ArchiveSummary, RestoreFailed> {
    match config.store() {
        StorePlace::Memory => Err(OpenError::NothingOnDisk.into()),
        StorePlace::Disk(path) => disk::restore(&path, config, &mut from),
        StorePlace::Cluster(_) => Err(OpenError::NotHere.into()),
    }
}

/// Reads a whole archive and checks that it is one, and that nothing in it is larger than the quotas of `config` or their
/// defaults allow.
///
/// # Errors
/// [`ArchiveError`] says what is wrong, and where.
pub fn verify_backup(config: &Config, mut from: impl Read) -> Result<ArchiveSummary, ArchiveError> {
    store::verify_archive(&mut from, &config.quotas())
}
