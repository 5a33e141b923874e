//! What Ceph's own class libraries find where they look for an OSD.
//!
//! A class library of Ceph's imports some 50 functions that `ceph-osd` exports. The host library, C++ built from `host/`
//! against Ceph's installed headers, exports them too and hands each to the engine through C tables (`seam.h`, repeated
//! here). It is carried inside this crate, as bytes: there is no second file to install, to find or to trust.
//!
//! This crate opens nothing and knows no class: that is the native backend's. The reasons are in
//! `docs/design/ceph-classes.md`.
//!
//! | feature | |
//! |---|---|
//! | `host` | carries the host library, if Ceph's headers were there when this was built |
#![forbid(unsafe_code)]

#[cfg(host_library)]
mod built;
#[cfg(all(feature = "host", not(host_library)))]
#[path = "without_headers.rs"]
mod built;
#[cfg(not(feature = "host"))]
#[path = "without_feature.rs"]
mod built;
mod seam;

pub use built::HOST_LIBRARY;
pub use seam::{C, CXX, CallMethod, Caller, Library, OpenClass, Registry, SYMBOL, Services};

/// Why there is no host library in this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It was built without the feature.
    Feature,
    /// [`HEADERS_OF`] were not installed where it was built.
    Headers,
}

/// What has to be installed to build the host library.
pub const HEADERS_OF: &str = "rados-objclass-dev libradospp-dev";

/// What has to be installed to run it: the package of `libceph-common`.
pub const LIBRARY_OF: &str = "librados2";
