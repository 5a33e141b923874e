//! Text forms of bytes, checksums, names and addresses.

use std::ffi::c_int;

use bytes::Bytes;
use encoding::{
    address::{Address, MAX_SOCKADDR},
    sums,
};

use super::decode::check_errno;
use crate::{
    boundary::{State, fail, host, push_slice, push_str, push_unsigned, raise},
    buffer, ffi,
    parked::Slice,
};

/// Bytes that cost one unit of fuel where a byte is looked up.
const TEXT_COST: usize = 8;
/// Bytes that cost one unit of fuel where they are hashed.
const HASH_COST: usize = 2;
/// Bytes that cost one unit of fuel where they are summed up.
const SUM_COST: usize = 16;

/// Pushes what `work` makes of bytes; `None` is nothing to push.
unsafe fn made<F>(l: State, name: &'static str, cost: usize, work: F) -> bool
where
    F: FnOnce() -> Option<Bytes> + Copy,
{
    // SAFETY: a part of a C function in the shape of `boundary`; the parked bytes stay until the next host function.
    unsafe {
        lua_sys::charge(l, cost);
        let slice = host(l, name, move |call| {
            Ok(work().map(|bytes| {
                call.parked.bytes = bytes;
                Slice::of(&call.parked.bytes)
            }))
        });
        if let Some(slice) = slice {
            push_slice(l, slice);
        }
        slice.is_some()
    }
}

/// `base64(bytes)`
pub(super) unsafe extern "C-unwind" fn base64(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes are an argument and stay.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        made(l, "ceph.base64", bytes.len / TEXT_COST, move || {
            Some(Bytes::from(sums::base64(bytes.bytes())))
        });
        1
    }
}

/// `unbase64(text [, errno])`
pub(super) unsafe extern "C-unwind" fn unbase64(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        let errno = check_errno(l, "ceph.unbase64", 2);
        let good = made(l, "ceph.unbase64", bytes.len / TEXT_COST, move || {
            sums::unbase64(bytes.bytes()).map(Bytes::from)
        });
        if !good {
            fail(l, "ceph.unbase64", errno);
        }
        1
    }
}

/// `hex(bytes)`
pub(super) unsafe extern "C-unwind" fn hex(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        made(l, "ceph.hex", bytes.len / TEXT_COST, move || {
            Some(Bytes::from(sums::hex(bytes.bytes())))
        });
        1
    }
}

/// `unhex(text [, errno])`
pub(super) unsafe extern "C-unwind" fn unhex(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        let errno = check_errno(l, "ceph.unhex", 2);
        let good = made(l, "ceph.unhex", bytes.len / TEXT_COST, move || {
            sums::unhex(bytes.bytes()).map(Bytes::from)
        });
        if !good {
            fail(l, "ceph.unhex", errno);
        }
        1
    }
}

/// `sha1(bytes)`: 20 bytes.
pub(super) unsafe extern "C-unwind" fn sha1(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        made(l, "ceph.sha1", 64 + bytes.len / HASH_COST, move || {
            Some(Bytes::copy_from_slice(&sums::sha1(bytes.bytes())))
        });
        1
    }
}

/// `hmac_sha1(key, bytes)`: 20 bytes.
pub(super) unsafe extern "C-unwind" fn hmac_sha1(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let key = buffer::check_bytes(l, 1);
        let bytes = buffer::check_bytes(l, 2);
        let cost = 256 + (key.len + bytes.len) / HASH_COST;
        made(l, "ceph.hmac_sha1", cost, move || {
            Some(Bytes::copy_from_slice(&sums::hmac_sha1(
                key.bytes(),
                bytes.bytes(),
            )))
        });
        1
    }
}

/// `crc32c(bytes [, seed])`: as Ceph computes it; the seed is 0xffffffff unless another is given.
pub(super) unsafe extern "C-unwind" fn crc32c(l: State) -> c_int {
    // SAFETY: as `base64`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        let seed = if ffi::lua_isnoneornil(l, 2) != 0 {
            u32::MAX
        } else {
            // -1 and 0xffffffff are one seed.
            u32::try_from(ffi::luaL_checkinteger(l, 2).cast_unsigned() & u64::from(u32::MAX))
                .unwrap_or(u32::MAX)
        };
        lua_sys::charge(l, bytes.len / SUM_COST);
        push_unsigned(l, sums::crc32c(seed, bytes.bytes()).into());
        1
    }
}

/// The integer in field `name` of the table that is argument 1; 0 when there is none.
unsafe fn number(l: State, function: &'static str, name: FieldName) -> i64 {
    // SAFETY: raw access to a table; the name is static text.
    unsafe {
        push_str(l, name.0);
        ffi::lua_rawget(l, 1);
        let mut is_integer = 0;
        let value = ffi::lua_tointegerx(l, -1, &mut is_integer);
        if is_integer == 0 && ffi::lua_isnil(l, -1) == 0 {
            raise(l, &[function, ": ", name.0, " is not an integer"]);
        }
        ffi::lua_pop(l, 1);
        value
    }
}

#[derive(Clone, Copy)]
struct FieldName(&'static str);

/// `name_text { type =, num = }`: `client.4115`.
pub(super) unsafe extern "C-unwind" fn name_text(l: State) -> c_int {
    const NAME: &str = "ceph.name_text";
    // SAFETY: as `base64`.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        let kind = number(l, NAME, FieldName("type"));
        let num = number(l, NAME, FieldName("num"));
        made(l, NAME, 8, move || {
            let kind = u8::try_from(kind).unwrap_or(0);
            Some(Bytes::from(objclass::entity_name(kind, num)))
        });
        1
    }
}

/// `addr_text { type =, nonce =, sockaddr = }`: `127.0.0.1:0/1133386170`.
pub(super) unsafe extern "C-unwind" fn addr_text(l: State) -> c_int {
    const NAME: &str = "ceph.addr_text";
    // SAFETY: as `base64`; the socket address is held by the table.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        let kind = number(l, NAME, FieldName("type"));
        let nonce = number(l, NAME, FieldName("nonce"));
        push_str(l, "sockaddr");
        let sockaddr = if ffi::lua_rawget(l, 1) == ffi::LUA_TNIL {
            Slice::EMPTY
        } else {
            buffer::check_bytes(l, -1)
        };
        if sockaddr.len > MAX_SOCKADDR {
            raise(l, &[NAME, ": a socket address has at most 28 bytes"]);
        }
        made(l, NAME, 16, move || {
            let narrow = |value: i64| u32::try_from(value).unwrap_or(0);
            let address = Address::new(narrow(kind), narrow(nonce), sockaddr.bytes());
            Some(Bytes::from(address.text()))
        });
        1
    }
}
