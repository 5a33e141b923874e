//! Why an engine does not open.

use store::{OpenStoreError, RestoreError};

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
    /// The store is a cluster and this build reaches none.
    #[error(
        "this build reaches no Ceph cluster: name a directory with --store, or build with cargo feature \"rados\""
    )]
    NoRados,
    /// The cluster was not connected to.
    #[error(transparent)]
    Cluster(Box<dyn std::error::Error + Send + Sync>),
    /// A check was asked of a store that is a cluster.
    #[error(
        "EOPNOTSUPP: a cluster checks its objects itself: `ceph pg deep-scrub`; fsck is for a store in a directory"
    )]
    NotHere,
    /// A check was asked of a store that has no files.
    #[error("the memory store has no files to check: name a directory with --store")]
    NothingOnDisk,
    /// A setting that is fixed while the engine is open has changed.
    #[error("{key} has changed, which takes effect at the next start only")]
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
