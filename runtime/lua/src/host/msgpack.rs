//! `cmsgpack`: `pack(...)`, `unpack(bytes)`, as the library of that name.

use std::ffi::c_int;

use super::order::{self, SLOTS, Shape, Within};
use crate::{
    boundary::{State, push_str, raise, set_functions},
    buffer::{self, Buffer},
    ffi,
    msgpack::{MAX_DEPTH, MsgpackError, Reader, TagAndLength, Token},
    parked::Slice,
};

/// `unpack(bytes)`: every value in turn.
unsafe extern "C-unwind" fn unpack(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes are an argument and stay, tokens are `Copy`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        let mut reader = Reader::new(bytes.bytes());
        let base = ffi::lua_gettop(l);
        while !reader.is_at_end() {
            ffi::luaL_checkstack(l, SLOTS, c"too many values to unpack".as_ptr());
            push_value(l, &mut reader, 0);
        }
        ffi::lua_gettop(l) - base
    }
}

unsafe fn refuse(l: State, error: MsgpackError) -> ! {
    // SAFETY: only `Copy` values are alive.
    unsafe {
        ffi::luaL_where(l, 1);
        push_str(l, "cmsgpack.unpack: ");
        push_str(l, error.what);
        push_str(l, " at byte ");
        crate::boundary::push_unsigned(l, error.at as u64);
        ffi::lua_concat(l, 5);
        ffi::lua_error(l)
    }
}

unsafe fn push_value(l: State, reader: &mut Reader<'_>, depth: usize) {
    // SAFETY: as `unpack`; recursion is bounded by MAX_DEPTH and the stack is checked at every level. A count is at
    // most the number of bytes left.
    unsafe {
        let left = reader.left();
        let token = match reader.token() {
            Ok(token) => token,
            Err(error) => refuse(l, error),
        };
        lua_sys::charge(l, left - reader.left());
        match token {
            Token::Nil => ffi::lua_pushnil(l),
            Token::Bool(value) => ffi::lua_pushboolean(l, value.into()),
            Token::Integer(integer) => ffi::lua_pushinteger(l, integer),
            Token::Float(number) => ffi::lua_pushnumber(l, number),
            Token::Bytes(bytes) => {
                ffi::lua_pushlstring(l, bytes.as_ptr().cast(), bytes.len());
            }
            Token::Array(_) | Token::Map(_) if depth == MAX_DEPTH => {
                refuse(l, reader.error("nested more than 64 deep"));
            }
            Token::Array(count) => {
                ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
                ffi::lua_createtable(l, 0, 0);
                for index in 1..=count {
                    push_value(l, reader, depth + 1);
                    ffi::lua_rawseti(l, -2, i64::try_from(index).unwrap_or(i64::MAX));
                }
            }
            Token::Map(count) => {
                ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
                ffi::lua_createtable(l, 0, 0);
                for _ in 0..count {
                    push_value(l, reader, depth + 1);
                    if !is_key(l) {
                        refuse(l, reader.error("nil and nan are no keys"));
                    }
                    push_value(l, reader, depth + 1);
                    ffi::lua_rawset(l, -3);
                }
            }
        }
    }
}

/// Whether the value on top can be a key. Raises nothing.
unsafe fn is_key(l: State) -> bool {
    // SAFETY: looks at the value only.
    unsafe {
        match ffi::lua_type(l, -1) {
            ffi::LUA_TNIL => false,
            ffi::LUA_TNUMBER => !ffi::lua_tonumberx(l, -1, std::ptr::null_mut()).is_nan(),
            _ => true,
        }
    }
}

/// `pack(...)`: the arguments one behind the other.
unsafe extern "C-unwind" fn pack(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes grow in a buffer of the Lua heap.
    unsafe {
        let count = ffi::lua_gettop(l);
        if count == 0 {
            ffi::luaL_argerror(l, 1, c"MessagePack pack needs input.".as_ptr());
        }
        let out = Out {
            index: count + 1,
            buffer: buffer::push_new(l, 256),
        };
        for index in 1..=count {
            write_value(l, out, index, 0, None);
        }
        crate::boundary::push_slice(l, (*out.buffer).slice());
        1
    }
}

/// The buffer that grows.
#[derive(Clone, Copy)]
struct Out {
    index: c_int,
    buffer: *mut Buffer,
}

unsafe fn put(l: State, out: Out, bytes: &[u8]) {
    // SAFETY: the bytes outlive the copy.
    unsafe { buffer::append(l, out.index, out.buffer, Slice::of(bytes)) }
}

unsafe fn write_value(l: State, out: Out, index: c_int, depth: usize, outer: Option<&Within<'_>>) {
    // SAFETY: as `pack`; `index` is absolute; recursion is bounded by MAX_DEPTH.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TBOOLEAN => {
                let value = ffi::lua_toboolean(l, index) != 0;
                put(l, out, TagAndLength::word(Some(value)).bytes());
            }
            ffi::LUA_TNUMBER => {
                let mut is_integer = 0;
                // Floats that are whole numbers become integers, as in the library.
                let integer = ffi::lua_tointegerx(l, index, &mut is_integer);
                let head = if is_integer != 0 {
                    TagAndLength::integer(integer)
                } else {
                    TagAndLength::float(ffi::lua_tonumberx(l, index, std::ptr::null_mut()))
                };
                put(l, out, head.bytes());
            }
            ffi::LUA_TSTRING => {
                let mut len = 0;
                let at = ffi::lua_tolstring(l, index, &mut len);
                write_bytes(l, out, Slice { at: at.cast(), len });
            }
            ffi::LUA_TTABLE => write_table(l, out, index, depth, outer),
            _ => {
                let bytes = buffer::test(l, index);
                if bytes.is_null() {
                    // Functions and the like become nil, as in the library.
                    put(l, out, TagAndLength::word(None).bytes());
                } else {
                    write_bytes(l, out, (*bytes).slice());
                }
            }
        }
    }
}

unsafe fn write_bytes(l: State, out: Out, bytes: Slice) {
    // SAFETY: the value the bytes belong to is anchored.
    unsafe {
        put(l, out, TagAndLength::string(narrow(l, bytes.len)).bytes());
        buffer::append(l, out.index, out.buffer, bytes);
    }
}

/// A length as the format can express it.
unsafe fn narrow(l: State, length: usize) -> u32 {
    match u32::try_from(length) {
        Ok(length) => length,
        // SAFETY: only `Copy` values are alive.
        Err(_) => unsafe { raise(l, &["cmsgpack.pack: longer than 4 GiB"]) },
    }
}

unsafe fn write_table(l: State, out: Out, index: c_int, depth: usize, outer: Option<&Within<'_>>) {
    // SAFETY: as `write_value`. A table that is walked is not changed meanwhile.
    unsafe {
        if depth == MAX_DEPTH {
            raise(l, &["cmsgpack.pack: nested more than 64 deep"]);
        }
        let within = Within::enter(l, "cmsgpack.pack", index, outer);
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        match order::shape(l, index) {
            Shape::Sequence(count) => {
                let count = usize::try_from(count).unwrap_or(0);
                put(l, out, TagAndLength::array(narrow(l, count)).bytes());
                for position in 1..=count {
                    ffi::lua_rawgeti(l, index, i64::try_from(position).unwrap_or(i64::MAX));
                    write_value(l, out, ffi::lua_gettop(l), depth + 1, Some(&within));
                    ffi::lua_pop(l, 1);
                }
            }
            Shape::Fields(fields) => {
                put(l, out, TagAndLength::map(narrow(l, fields.count)).bytes());
                for position in 0..fields.count {
                    let name = fields.name(position);
                    write_bytes(l, out, name);
                    ffi::lua_pushlstring(l, name.at.cast(), name.len);
                    ffi::lua_rawget(l, index);
                    write_value(l, out, ffi::lua_gettop(l), depth + 1, Some(&within));
                    ffi::lua_pop(l, 1);
                }
                ffi::lua_pop(l, 1);
            }
            Shape::Mixed(count) => {
                put(l, out, TagAndLength::map(narrow(l, count)).bytes());
                ffi::lua_pushnil(l);
                while ffi::lua_next(l, index) != 0 {
                    let value = ffi::lua_gettop(l);
                    write_value(l, out, value - 1, depth + 1, Some(&within));
                    write_value(l, out, value, depth + 1, Some(&within));
                    ffi::lua_settop(l, value - 1);
                }
            }
        }
    }
}

/// Creates the global `cmsgpack`.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 2);
        set_functions(l, &[(c"pack", pack), (c"unpack", unpack)]);
        ffi::lua_setglobal(l, c"cmsgpack".as_ptr());
    }
}
