//! How an engine opens, and why it may not.

use std::sync::Arc;

use store::{ObjectStore, OpenStoreError};

use crate::config::{Config, StorePlace};

/// Why an engine did not open, or did not take a new configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// The store is on disk and this build cannot.
    #[error(
        "this build keeps objects in memory only: set store = \"memory\", or build with cargo feature \"disk\""
    )]
    NoDisk,
    /// A check was asked of a store that has no files.
    #[error("the memory store has no files to check: name a directory with --store")]
    NothingOnDisk,
    /// A setting that is fixed while the engine is open has changed.
    #[error("{key} has changed, which takes effect at the next start only")]
    NeedsRestart {
        /// The key.
        key: &'static str,
    },
}

pub(crate) fn store(config: &Config) -> Result<Arc<dyn ObjectStore>, OpenError> {
    match config.store() {
        StorePlace::Memory => Ok(store::memory()),
        StorePlace::Disk(path) => disk::open(&path, config),
    }
}

#[cfg(feature = "disk")]
#[path = "open/disk.rs"]
pub(crate) mod disk;

#[cfg(not(feature = "disk"))]
#[path = "open/no_disk.rs"]
pub(crate) mod disk;
