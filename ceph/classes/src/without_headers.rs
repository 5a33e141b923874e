//! In place of the host library, where Ceph's headers were not installed.

use crate::Absent;

/// Nothing was built.
pub const HOST_LIBRARY: Result<&[u8], Absent> = Err(Absent::Headers);
