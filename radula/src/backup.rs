//! Backups of the open store, and stores made from them.

use std::io::{Read, Write};

use objclass::Fault;
use store::{ArchiveError, ArchiveSummary, BackupError, RestoreError};

use crate::{
    Radula,
    config::{Config, StorePlace},
    open::{OpenError, disk},
};

/// Why a store was not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreFailed {
    /// There is no place for a store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The archive or the new store failed.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

impl Radula {
    /// Writes every object of the store to `to`, as it is at this moment; writers go on meanwhile. See [`restore`].
    ///
    /// # Errors
    /// The store cannot be read or the archive not written; then what was written is refused by every reader.
    pub fn backup(&self, to: &mut dyn Write) -> Result<ArchiveSummary, BackupError> {
        let Some(store) = self.store() else {
            return Err(
                Fault::new("a cluster is no store of ours to back up: use its own means").into(),
            );
        };
        let frozen = store.freeze()?;
        store::backup(&*frozen, to)
    }
}

/// Makes the store `config` names, which must not be there yet, from an archive. The new store is read back and its digest
/// compared before it becomes one; a restore that is cut short leaves a directory that says so and opens as no store.
///
/// # Errors
/// [`RestoreFailed`]; no store has come about.
pub fn restore(config: &Config, from: &mut dyn Read) -> Result<ArchiveSummary, RestoreFailed> {
    match config.store() {
        StorePlace::Memory => Err(OpenError::NothingOnDisk.into()),
        StorePlace::Disk(path) => disk::restore(&path, config, from),
        StorePlace::Cluster(_) => Err(OpenError::NotHere.into()),
    }
}

/// Reads a whole archive and checks that it is one.
///
/// # Errors
/// [`ArchiveError`] says what is wrong, and where.
pub fn verify_backup(from: &mut dyn Read) -> Result<ArchiveSummary, ArchiveError> {
    store::verify_archive(from)
}
