//! In place of the host library, in a build without it.

use crate::Absent;

/// Nothing was built.
pub const HOST_LIBRARY: Result<&[u8], Absent> = Err(Absent::Feature);
