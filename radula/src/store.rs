//! Bring your own store, or use one without classes.
//!
//! Implement [`StoreEngine`], put a [`Store`] in front of it, which keeps the writers of one object apart, and give that to
//! [`Builder::store`](crate::Builder::store). A [`Snapshot`] is one object at one moment; [`Changes`] say what a transaction
//! did to it. `docs/embedding.md` has a program.

pub use ::store::{
    ArchiveDigest, ArchiveError, ArchiveSummary, BackupError, Busy, CommitError, CommitTerms,
    Durability, FileBytes, Frozen, FrozenObject, FsckProgress, FsckReport, InvalidObjectId,
    LOST_AND_FOUND, OpenStoreError, Outcome, PoolUsage, Problem, Receipt, Repair, RestoreError,
    Store, StoreEngine, Wait, Writing, check_id, memory,
};
#[cfg(feature = "disk")]
pub use ::store::{DiskOptions, open_disk};
pub use objclass::{Fault, ObjectError, PageLimit, Work};
pub use transaction::{
    Absent, Changes, Comparison, Head, Quotas, Segment, Snapshot, Span, Tally, Transaction, Written,
};
