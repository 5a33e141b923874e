//! A transaction on one object: writes are buffered over a snapshot and read back by the same transaction.
//!
//! [`Transaction`] implements [`objclass::ObjectContext`] over any [`Snapshot`] and ends as [`Changes`], plain
//! data that a store applies at once or not at all. Dropping a transaction undoes everything. Nested scopes are
//! savepoints. [`Quotas`] are checked before a write is buffered.
//!
//! This crate knows no store: it opens nothing, commits nothing, and orders nothing between transactions.
//!
//! ```
//! use bytes::Bytes;
//! use objclass::{CallInfo, ObjectId, ObjectRead, ObjectWrite};
//! use transaction::{Absent, Changes, Quotas, Transaction};
//!
//! let object = ObjectId { pool: "p".into(), namespace: String::new(), oid: "o".into() };
//! let info = CallInfo { object, version: 0, subop: 0, origin: "example".into() };
//! let mut transaction = Transaction::new(Box::new(Absent), info, Quotas::default());
//! transaction.write(4, Bytes::from_static(b"data"))?;
//! assert_eq!(transaction.read(0, 0)?, &b"\0\0\0\0data"[..]);
//! assert!(matches!(transaction.into_changes(), Some(Changes::Written(written)) if written.size == 8));
//! # Ok::<(), objclass::ObjectError>(())
//! ```
#![forbid(unsafe_code)]

mod bounds;
mod changes;
mod data;
mod omap;
mod quotas;
mod snapshot;
mod transaction;
mod undo;
mod xattrs;

pub use changes::{Changes, Written};
pub use data::Segment;
pub use quotas::Quotas;
pub use snapshot::{Absent, Head, Snapshot, Span, Tally};
pub use transaction::{Comparison, Transaction};
