//! The object store: pools and namespaces of objects with data, xattrs and omap.
//!
//! A [`Store`] gives each object one writer at a time and is built on a [`StoreEngine`], which keeps the objects. There
//! are two: [`memory()`], which forgets everything when it is dropped and is the oracle of the tests, and `open_disk`
//! (feature `disk`), which loses nothing that was acknowledged. Another one is [`Store::new`] on your own engine.
//!
//! A [`transaction::Transaction`] over a [`snapshot`](Writing::snapshot) collects the writes;
//! [`commit`](Writing::commit) applies them all or none.
//!
//! This crate runs no class, checks no quota of an object (the transaction did) and knows nothing of the network.
//!
//! ```
//! use bytes::Bytes;
//! use objclass::{CallInfo, ObjectId, ObjectRead, ObjectWrite};
//! use store::{Durability, Wait};
//! use transaction::{Quotas, Transaction};
//!
//! let store = store::memory();
//! let id = ObjectId { pool: "p".into(), namespace: String::new(), oid: "o".into() };
//!
//! let writing = store.begin(&id, Wait::FOREVER)?;
//! let info = CallInfo { object: id.clone(), version: 0, subop: 0, origin: "example".into() };
//! let mut transaction = Transaction::new(writing.snapshot()?, info, Quotas::default());
//! transaction.write(0, Bytes::from_static(b"hello"))?;
//! if let Some(changes) = transaction.into_changes() {
//!     writing.commit(changes, Durability::Sync)?;
//! }
//!
//! assert_eq!(store.snapshot(&id)?.read(0, 5, &mut objclass::Work::unlimited())?, &b"hello"[..]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `disk` (default) | the durable store, on fjall |
#![forbid(unsafe_code)]

mod archive;
mod busy;
mod clock;
#[cfg(feature = "disk")]
mod disk;
mod error;
mod frozen;
mod fsck_report;
mod id;
mod lock;
mod memory;
mod panics;
mod pool_usage;
mod receipt;
mod store;
mod store_engine;
mod unpoisoned;

pub use archive::{
    ArchiveDigest, ArchiveError, ArchiveSummary, BackupError, RestoreError, backup, verify_archive,
};
pub use busy::Busy;
#[cfg(feature = "disk")]
pub use disk::{DiskOptions, SyncMethod, fsck, fsck_with, open_disk, restore};
pub use error::{CommitError, OpenStoreError};
pub use frozen::{Frozen, FrozenObject};
pub use fsck_report::{FsckProgress, FsckReport, LOST_AND_FOUND, Outcome, Problem, Repair};
pub use id::{InvalidObjectId, check_id};
pub use memory::memory;
pub use pool_usage::{FileBytes, PoolUsage};
pub use receipt::Receipt;
pub use store::{Store, Wait, Writing};
pub use store_engine::{CommitTerms, Durability, StoreEngine};

#[cfg(test)]
mod tests;
