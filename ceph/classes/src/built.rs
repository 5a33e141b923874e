//! The host library, as it was built.

use crate::Absent;

/// The shared library, whole.
pub const HOST_LIBRARY: Result<&[u8], Absent> =
    Ok(include_bytes!(env!("RADULA_CEPH_HOST_LIBRARY")));
