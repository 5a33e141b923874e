//! Puts Radula into the class directory of Ceph's OSDs, lists what is there, and takes it out again.
//!
//! The layout is that of `docs/design/ceph.md`: one stub per class in the directory itself, and engine, configuration and
//! classes in `radula/` beneath it. Every file is written beside its place and renamed into it: a library that is mapped
//! is never changed, and no moment shows half a file.
//!
//! What belongs to Radula is known from `radula/manifest.json`, which is written before the files it names. So an
//! installation that was killed at any moment can be repeated, and can be removed. Files of others are left alone
//! unless asked for; then they are kept beside and put back on removal.
//!
//! It loads nothing, checks no class and restarts no OSD.
#![forbid(unsafe_code)]

mod disk;
mod error;
mod install;
mod layout;
mod manifest;
mod status;
mod stock;
mod uninstall;

pub use disk::digest;
pub use error::InstallError;
pub use install::{ClassFile, Installation, Left, Outcome, Part, Report, install};
pub use manifest::Manifest;
pub use status::{FileState, FileStatus, Status, status};
pub use stock::{DEFAULT_DIRECTORIES, is_stock};
pub use uninstall::{Removal, uninstall};

/// What the stub of any version holds.
pub const STUB_MARK: &[u8] = b"radula-ceph-stub/";
/// What the engine exports, and therefore holds.
pub const ENGINE_MARK: &[u8] = b"radula_ceph_register";

#[cfg(test)]
mod tests;
