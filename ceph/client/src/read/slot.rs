//! Where librados puts the answer of one step.

use std::{
    ffi::{c_char, c_int, c_uchar},
    ptr, slice,
};

use bytes::Bytes;
use objclass::{Page, Stat, Timestamp};

use super::StepAnswer;
use crate::{
    api::{Api, Handle, Seconds},
    iterators,
};

/// The places librados was given for the answer of one step. Iterators and outputs belong to librados until
/// [`release`](Slot::release) gives them back.
pub(super) enum Slot {
    Assertion,
    Stat {
        size: u64,
        mtime: Seconds,
        ret: c_int,
    },
    Data {
        buffer: Vec<u8>,
        used: usize,
        ret: c_int,
    },
    Xattrs {
        iterator: Handle,
        ret: c_int,
    },
    Omap {
        iterator: Handle,
        more: c_uchar,
        ret: c_int,
    },
    Called {
        output: *mut c_char,
        length: usize,
        ret: c_int,
    },
}

impl Slot {
    pub(super) fn stat() -> Self {
        Slot::Stat {
            size: 0,
            mtime: 0,
            ret: 0,
        }
    }

    /// Zeroed memory of this size comes from the system untouched, so room that is not used costs nothing.
    pub(super) fn data(length: usize) -> Self {
        Slot::Data {
            buffer: vec![0; length],
            used: 0,
            ret: 0,
        }
    }

    pub(super) fn xattrs() -> Self {
        Slot::Xattrs {
            iterator: ptr::null_mut(),
            ret: 0,
        }
    }

    pub(super) fn omap() -> Self {
        Slot::Omap {
            iterator: ptr::null_mut(),
            more: 0,
            ret: 0,
        }
    }

    pub(super) fn called() -> Self {
        Slot::Called {
            output: ptr::null_mut(),
            length: 0,
            ret: 0,
        }
    }

    /// What the step returned; `None` for an assertion, of which librados does not say.
    pub(super) fn ret(&self) -> Option<c_int> {
        match self {
            Slot::Assertion => None,
            Slot::Stat { ret, .. }
            | Slot::Data { ret, .. }
            | Slot::Xattrs { ret, .. }
            | Slot::Omap { ret, .. }
            | Slot::Called { ret, .. } => Some(*ret),
        }
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self, Slot::Called { .. })
    }

    /// The output of a call, after the operation is over, whether it succeeded or not.
    pub(super) fn output(&self) -> Bytes {
        match self {
            Slot::Called { output, length, .. } if !output.is_null() => {
                // SAFETY: the operation is over, and librados left an allocation of the length it says.
                let bytes = unsafe { slice::from_raw_parts(output.cast::<u8>(), *length) };
                Bytes::copy_from_slice(bytes)
            }
            _ => Bytes::new(),
        }
    }

    /// The answer, after the operation has succeeded.
    pub(super) fn answer(&mut self, api: &Api) -> StepAnswer {
        match self {
            Slot::Assertion => StepAnswer::Held,
            Slot::Stat { size, mtime, .. } => {
                let seconds = u64::try_from(*mtime).unwrap_or(0);
                StepAnswer::Stat(Stat {
                    size: *size,
                    mtime: Timestamp(seconds.saturating_mul(1_000_000_000)),
                })
            }
            Slot::Data { buffer, used, .. } => {
                let mut data = std::mem::take(buffer);
                data.truncate(*used);
                data.shrink_to_fit();
                StepAnswer::Data(data.into())
            }
            Slot::Xattrs { iterator, .. } => {
                let pairs = if iterator.is_null() {
                    Vec::new()
                } else {
                    // SAFETY: a finished operation filled the iterator, which is ended only on release.
                    unsafe { iterators::xattrs(api, *iterator) }
                };
                StepAnswer::Xattrs(pairs)
            }
            Slot::Omap { iterator, more, .. } => {
                let entries = if iterator.is_null() {
                    Vec::new()
                } else {
                    // SAFETY: a finished operation filled the iterator, which is ended only on release.
                    unsafe { iterators::omap(api, *iterator) }
                };
                StepAnswer::Omap(Page {
                    entries,
                    more: *more != 0,
                })
            }
            Slot::Called { ret, .. } => StepAnswer::Called {
                ret: *ret,
                output: self.output(),
            },
        }
    }

    /// Gives back what librados allocated. To be called once the operation is over, or was never carried out.
    pub(super) fn release(&mut self, api: &Api) {
        match self {
            // SAFETY: the iterator came from librados and is not used again.
            Slot::Xattrs { iterator, .. } if !iterator.is_null() => unsafe {
                (api.rados_getxattrs_end)(*iterator);
            },
            // SAFETY: as above.
            Slot::Omap { iterator, .. } if !iterator.is_null() => unsafe {
                (api.rados_omap_get_end)(*iterator);
            },
            // SAFETY: librados allocated it and it is not used again.
            Slot::Called { output, .. } if !output.is_null() => unsafe {
                (api.rados_buffer_free)(*output);
            },
            _ => {}
        }
    }
}
