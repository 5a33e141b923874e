//! The names of the objects of a pool.

use std::{ffi::c_char, fmt, ptr, slice};

use objclass::Errno;

use crate::{Pool, api::Handle, error::PoolError};

/// The name of an object, and the namespace it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The namespace; `""` is the default one.
    pub namespace: String,
    /// The name. Bytes that are not UTF-8 are replaced.
    pub oid: String,
}

/// Goes through the objects of a pool in the order of their hashes, which means in no useful order. It is not a snapshot: objects that appear or
/// disappear meanwhile may or may not be seen.
pub struct Objects<'a> {
    pool: &'a Pool,
    raw: Handle,
    is_over: bool,
}

impl fmt::Debug for Objects<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl<'a> Objects<'a> {
    pub(crate) fn open(pool: &'a Pool) -> Result<Self, PoolError> {
        let mut raw = ptr::null_mut();
        // SAFETY: the pool is live and `raw` is a place for the handle.
        let opened = unsafe { (pool.api().rados_nobjects_list_open)(pool.raw(), &mut raw) };
        match Errno::from_return(opened) {
            Some(errno) => Err(PoolError::Answered { errno }),
            None => Ok(Self {
                pool,
                raw,
                is_over: false,
            }),
        }
    }
}

impl Iterator for Objects<'_> {
    type Item = Result<Found, PoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let (mut oid, mut namespace) = (ptr::null(), ptr::null());
        let (mut oid_length, mut namespace_length) = (0, 0);
        // SAFETY: the handle is live and the others are places for its answers; locators are not asked for.
        let result = unsafe {
            (self.pool.api().rados_nobjects_list_next2)(
                self.raw,
                &mut oid,
                ptr::null_mut(),
                &mut namespace,
                &mut oid_length,
                ptr::null_mut(),
                &mut namespace_length,
            )
        };
        match Errno::from_return(result) {
            // SAFETY: librados gives both with the lengths it says, good until the next step.
            None => Some(Ok(unsafe {
                Found {
                    namespace: text(namespace, namespace_length),
                    oid: text(oid, oid_length),
                }
            })),
            Some(errno) => {
                self.is_over = true;
                (errno != Errno::ENOENT).then_some(Err(PoolError::Answered { errno }))
            }
        }
    }
}

impl Drop for Objects<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and not used again.
        unsafe { (self.pool.api().rados_nobjects_list_close)(self.raw) }
    }
}

/// Copies a name.
///
/// # Safety
/// `from` is readable for `length` bytes, or NULL.
unsafe fn text(from: *const c_char, length: usize) -> String {
    if from.is_null() {
        return String::new();
    }
    // SAFETY: the caller says so.
    let bytes = unsafe { slice::from_raw_parts(from.cast::<u8>(), length) };
    String::from_utf8_lossy(bytes).into_owned()
}
