//! One call of a method, as every host runs it: found, limited, run, judged.
//!
//! The embedded engine and the Ceph plugin differ in where objects live and how their changes are applied. What lies
//! between is the same and stands here: [`Callable::find`] asks the loader, [`Callable::run`] makes the context and
//! passes the verdict, [`CallHost`] runs nested calls.
//!
//! This crate opens no object and commits nothing: whoever calls applies the changes of a call that succeeded and
//! drops those of one that did not.
//!
//! ```
//! use call::{Callable, NotFound};
//! use loader::{Loader, LoaderConfig};
//!
//! let loader = Loader::new(Vec::new(), LoaderConfig::default());
//! let error = Callable::find(&loader, "lua", "eval_json").unwrap_err();
//! assert!(matches!(error, NotFound::Class(_)));
//! ```
#![forbid(unsafe_code)]

mod callable;
mod host;

pub use callable::{Callable, NoMethod, NotFound, limits_of};
pub use host::{CallHost, trace};
