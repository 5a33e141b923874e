//! The object store: pools and namespaces of objects with data, xattrs and omap.
//!
//! One contract, [`ObjectStore`], and two implementations: [`memory()`], which forgets everything when it is
//! dropped and is the oracle of the tests, and `open_disk` (feature `disk`), which loses nothing that was
//! acknowledged. A [`transaction::Transaction`] over a [`snapshot`](ObjectStore::snapshot) collects the writes;
//! [`commit`](ObjectStore::commit) applies them at once or not at all.
//!
//! This crate runs no class, checks no quota (the transaction did) and knows nothing of the network.
//!
//! ```
//! use bytes::Bytes;
//! use objclass::{CallInfo, ObjectId, ObjectRead, ObjectWrite};
//! use store::{Durability, ObjectStore};
//! use transaction::{Quotas, Transaction};
//!
//! let store = store::memory();
//! let id = ObjectId { pool: "p".into(), namespace: String::new(), oid: "o".into() };
//!
//! let lock = store.lock(&id);
//! let info = CallInfo { object: id.clone(), version: 0, subop: 0, origin: "example".into() };
//! let mut transaction = Transaction::new(store.snapshot(&id)?, info, Quotas::default());
//! transaction.write(0, Bytes::from_static(b"hello"))?;
//! if let Some(changes) = transaction.into_changes() {
//!     store.commit(&lock, changes, Durability::Sync)?;
//! }
//! drop(lock);
//!
//! assert_eq!(store.snapshot(&id)?.read(0, 5)?, &b"hello"[..]);
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
mod id;
mod lock;
mod memory;
mod object_store;

pub use archive::{
    ArchiveDigest, ArchiveError, ArchiveSummary, BackupError, RestoreError, backup, verify_archive,
};
pub use busy::Busy;
#[cfg(feature = "disk")]
pub use disk::{
    DiskOptions, FsckProgress, FsckReport, LOST_AND_FOUND, Outcome, Problem, Repair, SyncMethod,
    fsck, fsck_with, open_disk, restore,
};
pub use error::{CommitError, OpenStoreError};
pub use frozen::{Frozen, FrozenObject};
pub use id::{InvalidObjectId, check_id};
pub use lock::ObjectLock;
pub use memory::memory;
pub use object_store::{Durability, ObjectStore};

#[cfg(test)]
mod tests;
