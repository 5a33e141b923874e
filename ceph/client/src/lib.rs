//! Objects of a Ceph cluster, through librados.
//!
//! librados is loaded when a cluster is first connected to, by the name every Ceph release since 14.2 gives it
//! (`librados.so.2`), through its C interface, which those releases keep stable. So building needs no Ceph package, and
//! a machine without one gets an error that names it.
//!
//! - [`ClusterUrl`] says which cluster, pool and user: `rados:///POOL?conf=PATH&id=NAME&keyring=PATH&timeout=30s&returnvec=true`.
//! - [`Cluster`] is a connection, [`Pool`] a pool and namespace of it.
//! - [`ReadOperation`] and [`WriteOperation`] are librados' compound operations: their steps take effect together.
//!   A call of a class can be part of either; in a read operation it has output, and may still write.
//! - [`Objects`] goes through the names of a pool.
//!
//! It is not a facade: crate `radula` decides what the steps of the embedded engine become here. It has no
//! snapshots, watches or locks.
//!
//! ```
//! use ceph_client::ClusterUrl;
//!
//! let url: ClusterUrl = "rados:///music?conf=/etc/ceph/ceph.conf&id=ada".parse()?;
//! assert_eq!((url.pool(), url.id()), (Some("music"), "ada"));
//! assert!("rados:///music?config=/etc/ceph/ceph.conf".parse::<ClusterUrl>().is_err());
//! # Ok::<(), ceph_client::InvalidUrl>(())
//! ```

mod api;
mod cluster;
mod completion;
mod error;
mod iterators;
mod name;
mod objects;
mod place;
mod pool;
mod read;
mod url;
mod write;

pub use cluster::Cluster;
pub use error::{ConnectError, OperationError, PoolError};
pub use objects::{Found, Objects};
pub use pool::Pool;
pub use read::{ReadAnswer, ReadOperation, StepAnswer};
pub use url::{ClusterUrl, InvalidUrl};
pub use write::{Compare, WriteAnswer, WriteOperation};
