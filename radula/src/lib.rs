//! Object classes on a durable object store, embedded in your process.
//!
//! [`Radula`] is the engine: a store, a loader of classes, and the settings in force. [`IoCtx`] is a pool and
//! namespace of it: plain reads and writes, [`exec`](IoCtx::exec) of a class's method beside an object, and
//! compound [`Operation`]s, each of them one atomic change. [`Config`] gathers the settings from a file, the
//! environment and flags, and remembers where each came from.
//!
//! It is no server: the objects are in this process's memory or in a directory of this machine, which one process has
//! at a time; or in a Ceph cluster, whose OSDs run the classes then.
//!
//! ```
//! use radula::{Config, Exclusive, Operation, Radula};
//!
//! let config = Config::default().in_memory();
//! let pool = Radula::open(config)?.ioctx("music");
//!
//! pool.operate(
//!     "song",
//!     &Operation::new().create(Exclusive::Yes).append("la la la").set_xattr("by", "Ada"),
//! )?;
//! assert_eq!(pool.stat("song")?.size, 8);
//!
//! // Nothing of a failed operation stays: the object exists, so `create` refuses.
//! let error = pool
//!     .operate("song", &Operation::new().append("!").create(Exclusive::Yes))
//!     .unwrap_err();
//! assert_eq!(error.to_string(), "step 1 (create), object music/song: EEXIST: already exists");
//! assert_eq!(pool.stat("song")?.size, 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `disk` (default) | the durable store; without it `store` must be `memory` |
//! | `rados` (default) | objects in a Ceph cluster: `store = "rados:///POOL"`. Needs `librados2` to run, nothing to build |
//! | `lua` (default) | classes in Lua, and class `lua` for scripts that come with the request |
//! | `native` (default) | classes in native code |
//! | `wasm` (default) | classes in WebAssembly |
#![forbid(unsafe_code)]

pub mod config;
pub mod errors;
pub mod runtime;
pub mod store;

mod backup;
#[cfg(feature = "rados")]
mod cluster;
#[cfg(not(feature = "rados"))]
#[path = "no_cluster.rs"]
mod cluster;
mod embedded;
mod error;
mod exec;
mod fsck;
mod ioctx;
mod objects;
mod operation;
mod radula;
mod reader;
mod request;
#[cfg(feature = "wasm")]
mod wasm_compiler;
#[cfg(not(feature = "wasm"))]
#[path = "no_wasm_compiler.rs"]
mod wasm_compiler;

pub use crate::{
    embedded::{Method, Work, Worked},
    exec::{ExecOptions, ExecReply, Ran},
    radula::{Builder, Radula},
};
pub use backup::{restore, verify_backup};
pub use config::{Config, ConfigError, Sources};
pub use error::{Cause, ClusterError, Error, ErrorReport, ObjectReport, OpenError, RestoreFailed};
pub use fsck::{fsck, fsck_with};
pub use ioctx::{Filter, FilteredPage, IoCtx};
pub use operation::{Exclusive, OmapRange, Operation, OperationReply, StepReply};
pub use reader::{ObjectReader, read_pieces};
pub use wasm_compiler::{WASM_COMPILER_VERB, compile_wasm_class};

pub use ::runtime::settings::{InvalidLimit, parse_limit};
pub use ::store::{
    ArchiveDigest, ArchiveError, ArchiveSummary, BackupError, Durability, RestoreError,
};
pub use bytes::Bytes;
pub use loader::OpenClass;
pub use objclass::{
    CallError, Errno, FailureKind, LimitKind, Limits, ObjectId, Page, Pair, Stat, Timestamp, Usage,
    escaped, text::is_unprintable,
};
pub use transaction::{Comparison, Quotas};

#[cfg(test)]
mod tests;

/// Compiles and runs the programs of the page for those who embed the library.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
mod embedding {}
