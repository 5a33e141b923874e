//! `ceph`: types of Ceph's wire encoding, text forms of bytes, checksums.
//!
//! The types of a class lie beside its state, in its env: only a chunk that is being loaded defines some, so they are as
//! much part of the image as what it registers. A script holds a type as a userdata with its number.

mod decode;
mod encode;
mod texts;
pub(super) mod types;

use crate::{
    boundary::{State, set_functions},
    ffi,
};

pub(crate) use types::push_names;
pub(super) use {
    decode::{check_errno, decode},
    encode::encode,
};

/// Creates the global `ceph`.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        types::open(l);
        ffi::lua_createtable(l, 0, 12);
        set_functions(
            l,
            &[
                (c"types", types::types),
                (c"base64", texts::base64),
                (c"unbase64", texts::unbase64),
                (c"hex", texts::hex),
                (c"unhex", texts::unhex),
                (c"sha1", texts::sha1),
                (c"hmac_sha1", texts::hmac_sha1),
                (c"crc32c", texts::crc32c),
                (c"name_text", texts::name_text),
                (c"addr_text", texts::addr_text),
            ],
        );
        ffi::lua_setglobal(l, c"ceph".as_ptr());
    }
}
