//! A check of the configured store, object by object, without opening an engine on it; and repairs.

use store::{FsckProgress, FsckReport, Repair};

use crate::{
    config::{Config, StorePlace},
    embedded::disk,
    error::OpenError,
};

/// Checks every checksum, every count and the owner of every row of the store `config` names. Changes no object; needs
/// the store for itself and waits for it as opening does.
///
/// # Errors
/// The store does not open, or is not on disk.
pub fn fsck(config: &Config) -> Result<FsckReport, OpenError> {
    fsck_with(config, Repair::Nothing, |_| {})
}

/// As [`fsck`], with repairs. `progress` is called every thousand objects, with how many were checked, and of how many.
///
/// # Errors
/// As [`fsck`].
pub fn fsck_with(
    config: &Config,
    repair: Repair,
    mut progress: impl FnMut(FsckProgress),
) -> Result<FsckReport, OpenError> {
    match config.store() {
        StorePlace::Memory => Err(OpenError::NothingOnDisk),
        StorePlace::Disk(path) => disk::fsck(&path, config, repair, &mut progress),
        StorePlace::Cluster(_) => Err(OpenError::NotHere),
    }
}
