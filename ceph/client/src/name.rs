//! Names for the C interface.

use std::ffi::CString;

/// `name` as C wants it; `None` when it holds a NUL byte, which would cut it.
pub(crate) fn c_name(name: impl AsRef<[u8]>) -> Option<CString> {
    CString::new(name.as_ref()).ok()
}
