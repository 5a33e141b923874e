//! Why an engine does not open.

use store::{OpenStoreError, RestoreError};

/// Why an engine did not open, or did not take a new configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// The store is on disk, which this build does not support.
    #[error(
        "this build keeps objects in memory only: set store = \"memory\", or build with cargo feature \"disk\""
    )]
    NoDisk,
    /// The store is a cluster, which this build does not support.
    #[error(
        "this build cannot reach a Ceph cluster: name a directory with --store, or build with cargo feature \"rados\""
    )]
    NoRados,
    /// The cluster could not be reached.
    #[error(transparent)]
    Cluster(Box<dyn std::error::Error + Send + Sync>),
    /// A check was requested for a store that is a cluster.
    #[error(
        "EOPNOTSUPP: fsck checks a store in a directory; a cluster checks its own objects, with `ceph pg deep-scrub`"
    )]
    NotHere,
    /// A check was requested for a store that has no files.
    #[error("the memory store has no files to check: name a directory with --store")]
    NothingOnDisk,
    /// A setting that is fixed while the engine is open has changed.
    #[error("{key} has changed; the change takes effect at the next start")]
    NeedsRestart {
        /// The key.
        key: String,
    },
}

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
