//! From Lua values to JSON text.

use std::{ffi::c_int, fmt::Write as _};

use crate::{
    boundary::{State, raise},
    buffer::{self, Buffer},
    ffi,
    host::order::{self, SLOTS, Shape, Within},
    json::MAX_DEPTH,
    parked::Slice,
};

/// Where `encode` keeps the text it builds.
const TEXT: c_int = 2;

/// `encode(value)`
///
/// # Safety
/// Called by Lua.
pub(in crate::host) unsafe extern "C-unwind" fn encode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the text grows in a buffer of the Lua heap.
    unsafe {
        ffi::luaL_checkany(l, 1);
        ffi::lua_settop(l, 1);
        let text = buffer::push_new(l, 256);
        write_value(l, text, 1, 0, None);
        crate::boundary::push_slice(l, (*text).slice());
        1
    }
}

unsafe fn put(l: State, text: *mut Buffer, bytes: &[u8]) {
    // SAFETY: the bytes outlive the copy.
    unsafe { buffer::append(l, TEXT, text, Slice::of(bytes)) }
}

unsafe fn write_value(
    l: State,
    text: *mut Buffer,
    index: c_int,
    depth: usize,
    outer: Option<&Within<'_>>,
) {
    // SAFETY: as `encode`; `index` is absolute; recursion is bounded by MAX_DEPTH.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TNIL => put(l, text, b"null"),
            ffi::LUA_TBOOLEAN => {
                let value = ffi::lua_toboolean(l, index) != 0;
                put(l, text, if value { b"true" } else { b"false" });
            }
            ffi::LUA_TNUMBER => write_number(l, text, index),
            ffi::LUA_TSTRING => {
                let mut len = 0;
                let at = ffi::lua_tolstring(l, index, &mut len);
                write_string(l, text, Slice { at: at.cast(), len });
            }
            ffi::LUA_TTABLE => write_table(l, text, index, depth, outer),
            ffi::LUA_TLIGHTUSERDATA => put(l, text, b"null"),
            other => {
                let bytes = buffer::test(l, index);
                if bytes.is_null() {
                    let name = std::ffi::CStr::from_ptr(ffi::lua_typename(l, other));
                    raise(
                        l,
                        &[
                            "json.encode: a ",
                            name.to_str().unwrap_or("value"),
                            " has no JSON form",
                        ],
                    );
                }
                write_string(l, text, (*bytes).slice());
            }
        }
    }
}

/// Text of a number on the frame's own memory.
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

unsafe fn write_number(l: State, text: *mut Buffer, index: c_int) {
    // SAFETY: `digits` holds no resource.
    unsafe {
        let mut digits = Digits {
            bytes: [0; 32],
            len: 0,
        };
        let fits = if ffi::lua_isinteger(l, index) != 0 {
            let integer = ffi::lua_tointegerx(l, index, std::ptr::null_mut());
            write!(digits, "{integer}")
        } else {
            let number = ffi::lua_tonumberx(l, index, std::ptr::null_mut());
            if !number.is_finite() {
                raise(l, &["json.encode: infinity and nan have no JSON form"]);
            }
            // Debug is the shortest form that reads back the same, with an exponent where it is long.
            write!(digits, "{number:?}")
        };
        if fits.is_err() {
            raise(l, &["json.encode: the number is too long"]);
        }
        put(l, text, &digits.bytes[..digits.len]);
    }
}

unsafe fn write_string(l: State, text: *mut Buffer, string: Slice) {
    // SAFETY: the string is anchored by the value it was taken from; the buffer that grows is another one.
    unsafe {
        lua_sys::charge(l, string.len / 4);
        let Ok(valid) = std::str::from_utf8(string.bytes()) else {
            raise(
                l,
                &["json.encode: the string is not utf-8; use cmsgpack for bytes"],
            );
        };
        put(l, text, b"\"");
        let bytes = valid.as_bytes();
        let mut start = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f {
                continue;
            }
            put(l, text, &bytes[start..at]);
            start = at + 1;
            match byte {
                b'"' => put(l, text, b"\\\""),
                b'\\' => put(l, text, b"\\\\"),
                b'\n' => put(l, text, b"\\n"),
                b'\r' => put(l, text, b"\\r"),
                b'\t' => put(l, text, b"\\t"),
                _ => {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                    put(l, text, &[b'\\', b'u', b'0', b'0', high, low]);
                }
            }
        }
        put(l, text, &bytes[start..]);
        put(l, text, b"\"");
    }
}

unsafe fn write_table(
    l: State,
    text: *mut Buffer,
    index: c_int,
    depth: usize,
    outer: Option<&Within<'_>>,
) {
    // SAFETY: as `write_value`. A table that is walked is not changed meanwhile.
    unsafe {
        if depth == MAX_DEPTH {
            raise(l, &["json.encode: nested more than 64 deep"]);
        }
        let within = Within::enter(l, "json.encode", index, outer);
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        let marked = lua_sys::is_array(l, index);
        match order::shape(l, index) {
            Shape::Sequence(0) if !marked => put(l, text, b"{}"),
            Shape::Sequence(count) => {
                put(l, text, b"[");
                for position in 1..=count {
                    if position > 1 {
                        put(l, text, b",");
                    }
                    ffi::lua_rawgeti(l, index, position);
                    write_value(l, text, ffi::lua_gettop(l), depth + 1, Some(&within));
                    ffi::lua_pop(l, 1);
                }
                put(l, text, b"]");
            }
            Shape::Fields(fields) if !marked => {
                put(l, text, b"{");
                for position in 0..fields.count {
                    if position > 0 {
                        put(l, text, b",");
                    }
                    let name = fields.name(position);
                    write_string(l, text, name);
                    put(l, text, b":");
                    ffi::lua_pushlstring(l, name.at.cast(), name.len);
                    ffi::lua_rawget(l, index);
                    write_value(l, text, ffi::lua_gettop(l), depth + 1, Some(&within));
                    ffi::lua_pop(l, 1);
                }
                ffi::lua_pop(l, 1);
                put(l, text, b"}");
            }
            Shape::Fields(_) | Shape::Mixed(_) => raise(
                l,
                &["json.encode: a table is either a sequence without gaps or has only string keys"],
            ),
        }
    }
}
