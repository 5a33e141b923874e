//! What class files and calls are allowed, decided in one place.
//!
//! - [`ScopedDir`] is a class directory held open by descriptor. It hands out the bytes of a file only after
//!   the file itself (not its name) passed every check, and those bytes are what runs.
//! - [`PrivateDir`] is a directory of files we wrote ourselves: a cache.
//! - [`Trust`] says who may own such files and everything above them.
//! - [`Policy`] says how much a call may use.
//!
//! All ambient authority of the engine (paths, the process's identity) enters through `ambient.rs`; the root
//! `clippy.toml` keeps it out of every other file.
//!
//! This crate does not interpret class files, and it does not meter calls: backends and
//! [`objclass::Context`] do.
//!
//! ```
//! use objclass::{ClassName, LimitKind};
//! use sandbox::Policy;
//!
//! let mut policy = Policy::default();
//! let counter = ClassName::new("counter")?;
//! policy.per_class.entry(counter.clone()).or_default().set(LimitKind::Memory, 4 << 20);
//! assert_eq!(policy.limits_for(&counter, false).get(LimitKind::Memory), 4 << 20);
//! # Ok::<(), objclass::InvalidName>(())
//! ```
#![forbid(unsafe_code)]

mod ambient;
mod checks;
mod listing;
mod policy;
mod private_dir;
mod refused;
mod scoped_dir;
#[cfg(test)]
mod tests;
mod trust;
mod verified;
mod walk;

pub use listing::{Listing, Skipped};
pub use policy::{LimitOverrides, Policy};
pub use private_dir::{PrivateDir, PrivateEntry};
pub use refused::{DirRefused, FileRefused};
pub use scoped_dir::ScopedDir;
pub use trust::Trust;
pub use verified::{FileIdentity, Inspected, VerifiedFile};
