//! Waiting for one operation and its result.

use std::{ffi::c_int, ptr};

use objclass::Errno;

use crate::api::{Api, Handle};

/// A running operation. The asynchronous interface is used because its version belongs to this operation; the synchronous
/// one reports the version of the handle's last operation, which may be another.
pub(crate) struct Completion {
    api: &'static Api,
    raw: Handle,
}

impl Completion {
    pub(crate) fn new(api: &'static Api) -> Result<Self, Errno> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for the handle; no callback is given, so none is called.
        let result = unsafe {
            (api.rados_aio_create_completion2)(ptr::null_mut(), ptr::null_mut(), &mut raw)
        };
        match Errno::from_return(result) {
            None => Ok(Self { api, raw }),
            Some(errno) => Err(errno),
        }
    }

    pub(crate) fn raw(&self) -> Handle {
        self.raw
    }

    /// Waits for the operation that was started with this completion. Returns its return value and version.
    ///
    /// `started` is what starting it returned: if that failed, there is nothing to wait for.
    pub(crate) fn wait(self, started: c_int) -> Result<(c_int, u64), Errno> {
        if let Some(errno) = Errno::from_return(started) {
            return Err(errno);
        }
        // SAFETY: the handle is that of a started operation and released only when this is dropped.
        let (result, version) = unsafe {
            (self.api.rados_aio_wait_for_complete)(self.raw);
            (
                (self.api.rados_aio_get_return_value)(self.raw),
                (self.api.rados_aio_get_version)(self.raw),
            )
        };
        Ok((result, version))
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and not used again; librados counts references of its own.
        unsafe { (self.api.rados_aio_release)(self.raw) }
    }
}
