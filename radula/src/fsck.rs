//! A check of the configured store, object by object, without opening an engine on it.

use crate::{
    config::{Config, StorePlace},
    open::{OpenError, disk},
};

/// What a check of a store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreCheck {
    /// Objects looked at.
    pub objects: u64,
    /// Bytes of data they say they have.
    pub bytes: u64,
    /// What is wrong, a line each, at most a thousand.
    pub problems: Vec<String>,
    /// How many things are wrong.
    pub problem_count: u64,
}

/// Checks every checksum, every count and the owner of every row of the store `config` names. Changes no object; needs
/// the store for itself and waits for it as opening does.
///
/// # Errors
/// The store does not open, or is not on disk.
pub fn fsck(config: &Config) -> Result<StoreCheck, OpenError> {
    match config.store() {
        StorePlace::Memory => Err(OpenError::NothingOnDisk),
        StorePlace::Disk(path) => disk::fsck(&path, config),
    }
}
