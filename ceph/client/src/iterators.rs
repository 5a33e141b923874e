//! What librados hands out as iterators over xattrs and omap entries.

use std::{
    ffi::{CStr, c_char},
    ptr, slice,
};

use bytes::Bytes;
use objclass::Pair;

use crate::api::{Api, Handle};

/// Copies `length` bytes.
///
/// # Safety
/// `from` is readable for `length` bytes, or NULL.
unsafe fn copied(from: *const c_char, length: usize) -> Bytes {
    if from.is_null() {
        return Bytes::new();
    }
    // SAFETY: the caller says so.
    Bytes::copy_from_slice(unsafe { slice::from_raw_parts(from.cast::<u8>(), length) })
}

/// The xattrs behind an iterator that a finished operation filled.
///
/// # Safety
/// `raw` is such an iterator, and not ended.
pub(crate) unsafe fn xattrs(api: &Api, raw: Handle) -> Vec<Pair> {
    let mut pairs = Vec::new();
    loop {
        let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the iterator is live and the others are places for its answers.
        let result = unsafe { (api.rados_getxattrs_next)(raw, &mut name, &mut value, &mut length) };
        if result < 0 || name.is_null() {
            break;
        }
        // SAFETY: librados gives a C string and a value of the length it says, both good until the next step.
        let pair = unsafe {
            (
                Bytes::copy_from_slice(CStr::from_ptr(name).to_bytes()),
                copied(value, length),
            )
        };
        pairs.push(pair);
    }
    pairs.sort();
    pairs
}

/// The entries behind an iterator that a finished operation filled; values are empty when only keys were asked for.
///
/// # Safety
/// `raw` is such an iterator, and not ended.
pub(crate) unsafe fn omap(api: &Api, raw: Handle) -> Vec<Pair> {
    let mut pairs = Vec::new();
    loop {
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        let (mut key_length, mut value_length) = (0, 0);
        // SAFETY: the iterator is live and the others are places for its answers.
        let result = unsafe {
            (api.rados_omap_get_next2)(
                raw,
                &mut key,
                &mut value,
                &mut key_length,
                &mut value_length,
            )
        };
        if result < 0 || key.is_null() {
            break;
        }
        // SAFETY: librados gives key and value of the lengths it says, good until the iterator ends.
        pairs.push(unsafe { (copied(key, key_length), copied(value, value_length)) });
    }
    pairs
}
