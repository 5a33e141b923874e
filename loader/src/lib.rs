//! From a class name to an open class.
//!
//! [`Loader::open`] validates the name, finds the file that defines the class (runtimes in their order, within one the
//! first directory that has one), verifies and reads it through [`sandbox::ScopedDir`], hands the bytes
//! to the backend, and opens what the class depends on. A file that exists but is broken is an error; nothing
//! else is tried in its place.
//!
//! An open class stays what it is until [`Loader::reload`], whatever happens to its file. What is missing or
//! broken is tried again at the next open.
//!
//! The loader calls no methods and grants nothing: who may call what is the caller's business.
//!
//! ```
//! use loader::{Kind, Loader, LoaderConfig, Runtime};
//!
//! const WORDS: Kind = Kind {
//!     name: "words",
//!     title: "words",
//!     prefix: "cls_",
//!     suffix: ".words",
//!     feature: "words",
//!     dir_key: "dirs.words",
//!     builtin: &["say"],
//! };
//! // A build that knows such files and cannot run them.
//! let loader = Loader::new(vec![Runtime::missing(WORDS)], LoaderConfig::default());
//! let error = loader.open("say").unwrap_err();
//! assert_eq!(error.errno(), objclass::Errno::EOPNOTSUPP);
//! assert!(error.to_string().contains("build with cargo feature \"words\""));
//! assert_eq!(loader.open("../say").unwrap_err().errno(), objclass::Errno::EINVAL);
//! ```
#![forbid(unsafe_code)]

mod check;
mod class_list;
mod config;
mod explain;
mod kind;
mod layout;
mod list;
mod load;
mod loader;
mod lock;
mod open_class;
mod reload;
mod resolve;
mod search;
mod slot;
mod unavailable;

#[cfg(test)]
mod tests;

pub use check::CheckReport;
pub use class_list::ClassList;
pub use config::LoaderConfig;
pub use explain::{Candidate, Explanation, Found};
pub use kind::{Kind, Runtime};
pub use list::{ClassStatus, ClassTable, DirectoryStatus, PreloadReport};
pub use loader::Loader;
pub use open_class::OpenClass;
pub use reload::{ReloadOutcome, Reloaded};
pub use slot::ClassState;
pub use unavailable::ClassUnavailable;
