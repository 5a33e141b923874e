//! `json`: `decode(text)`, `encode(value)`, `array([table])`, `null`.

use std::{
    ffi::{c_int, c_void},
    fmt::Write as _,
};

use super::order::{self, Shape};
use crate::{
    buffer::{self, Buffer},
    ffi,
    host::{State, push_str, raise, set_functions},
    json::{JsonError, Lexer, MAX_DEPTH, Token, unescape},
    parked::Slice,
};

/// Its address is the key of the metatable that marks arrays.
static ARRAY: u8 = 0;

/// Stack slots one level of nesting needs.
const SLOTS: c_int = 8;

unsafe extern "C-unwind" fn decode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `host`; the text is an argument and stays, tokens are `Copy`.
    unsafe {
        let text = buffer::check_bytes(l, 1);
        lua_sys::charge(l, text.len);
        let mut lexer = Lexer::new(text.bytes());
        let first = next(l, &mut lexer);
        push_value(l, &mut lexer, first, 0);
        if next(l, &mut lexer) != Token::End {
            refuse(l, lexer.error("something follows the value"));
        }
        1
    }
}

/// The next token, or an error in the script.
unsafe fn next<'t>(l: State, lexer: &mut Lexer<'t>) -> Token<'t> {
    match lexer.token() {
        Ok(token) => token,
        // SAFETY: only `Copy` values are alive.
        Err(error) => unsafe { refuse(l, error) },
    }
}

unsafe fn refuse(l: State, error: JsonError) -> ! {
    // SAFETY: only `Copy` values are alive.
    unsafe {
        ffi::luaL_where(l, 1);
        push_str(l, "json.decode: ");
        push_str(l, error.what);
        push_str(l, " at byte ");
        crate::host::push_unsigned(l, error.at as u64);
        ffi::lua_concat(l, 5);
        ffi::lua_error(l)
    }
}

unsafe fn push_value(l: State, lexer: &mut Lexer<'_>, token: Token<'_>, depth: usize) {
    // SAFETY: as `decode`; recursion is bounded by MAX_DEPTH and the stack is checked at every level.
    unsafe {
        match token {
            Token::String(raw) => push_string(l, raw),
            Token::Integer(integer) => ffi::lua_pushinteger(l, integer),
            Token::Float(number) => ffi::lua_pushnumber(l, number),
            Token::Bool(value) => ffi::lua_pushboolean(l, value.into()),
            Token::Null => push_null(l),
            Token::OpenArray | Token::OpenObject if depth == MAX_DEPTH => {
                refuse(l, lexer.error("nested more than 64 deep"));
            }
            Token::OpenArray => push_array(l, lexer, depth + 1),
            Token::OpenObject => push_object(l, lexer, depth + 1),
            Token::End => refuse(l, lexer.error("the text ends early")),
            Token::CloseArray | Token::CloseObject | Token::Comma | Token::Colon => {
                refuse(l, lexer.error("a value is expected"));
            }
        }
    }
}

unsafe fn push_array(l: State, lexer: &mut Lexer<'_>, depth: usize) {
    // SAFETY: as `push_value`.
    unsafe {
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        ffi::lua_createtable(l, 0, 0);
        let mut token = next(l, lexer);
        if token == Token::CloseArray {
            // An empty table would be written as an object.
            mark_array(l);
            return;
        }
        let mut index = 0;
        loop {
            index += 1;
            push_value(l, lexer, token, depth);
            ffi::lua_rawseti(l, -2, index);
            match next(l, lexer) {
                Token::CloseArray => return,
                Token::Comma => token = next(l, lexer),
                _ => refuse(l, lexer.error("',' or ']' is expected")),
            }
        }
    }
}

unsafe fn push_object(l: State, lexer: &mut Lexer<'_>, depth: usize) {
    // SAFETY: as `push_value`.
    unsafe {
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        ffi::lua_createtable(l, 0, 0);
        let mut token = next(l, lexer);
        if token == Token::CloseObject {
            return;
        }
        loop {
            let Token::String(raw) = token else {
                refuse(l, lexer.error("a name in quotes is expected"));
            };
            push_string(l, raw);
            ffi::lua_pushvalue(l, -1);
            if ffi::lua_rawget(l, -3) != ffi::LUA_TNIL {
                refuse(l, lexer.error("the name occurs twice"));
            }
            ffi::lua_pop(l, 1);
            if next(l, lexer) != Token::Colon {
                refuse(l, lexer.error("':' is expected"));
            }
            let value = next(l, lexer);
            push_value(l, lexer, value, depth);
            ffi::lua_rawset(l, -3);
            match next(l, lexer) {
                Token::CloseObject => return,
                Token::Comma => token = next(l, lexer),
                _ => refuse(l, lexer.error("',' or '}' is expected")),
            }
        }
    }
}

unsafe fn push_string(l: State, raw: &[u8]) {
    // SAFETY: Lua's buffer holds no Rust value; it is large enough for what the raw text can become.
    unsafe {
        if !raw.contains(&b'\\') {
            ffi::lua_pushlstring(l, raw.as_ptr().cast(), raw.len());
            return;
        }
        let mut place = std::mem::MaybeUninit::<ffi::luaL_Buffer>::uninit();
        let at = ffi::luaL_buffinitsize(l, place.as_mut_ptr(), raw.len());
        // The room is not initialised; zero it before it becomes a slice.
        at.write_bytes(0, raw.len());
        let out = std::slice::from_raw_parts_mut(at.cast::<u8>(), raw.len());
        let length = unescape(raw, out);
        ffi::luaL_pushresultsize(place.as_mut_ptr(), length);
    }
}

unsafe fn push_null(l: State) {
    // SAFETY: a light userdata is never followed.
    unsafe { ffi::lua_pushlightuserdata(l, std::ptr::null_mut()) }
}

/// Marks the table on top as an array.
unsafe fn mark_array(l: State) {
    // SAFETY: the table is on top.
    unsafe {
        ffi::lua_rawgetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const ARRAY).cast::<c_void>(),
        );
        ffi::lua_setmetatable(l, -2);
    }
}

/// Whether the table at `index` is marked as an array. Raises nothing.
unsafe fn is_array(l: State, index: c_int) -> bool {
    // SAFETY: compares two tables by identity.
    unsafe {
        if ffi::lua_getmetatable(l, index) == 0 {
            return false;
        }
        ffi::lua_rawgetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const ARRAY).cast::<c_void>(),
        );
        let marked = ffi::lua_rawequal(l, -1, -2) != 0;
        ffi::lua_pop(l, 2);
        marked
    }
}

/// `array([table])`: marks the table (or a new one) to be written as an array even when it is empty.
unsafe extern "C-unwind" fn array(l: State) -> c_int {
    // SAFETY: a C function in the shape of `host`.
    unsafe {
        if ffi::lua_isnoneornil(l, 1) != 0 {
            ffi::lua_settop(l, 0);
            ffi::lua_createtable(l, 0, 0);
        } else {
            ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
            ffi::lua_settop(l, 1);
        }
        mark_array(l);
        1
    }
}

/// Where `encode` keeps the text it builds.
const TEXT: c_int = 2;

unsafe extern "C-unwind" fn encode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `host`; the text grows in a buffer of the Lua heap.
    unsafe {
        ffi::luaL_checkany(l, 1);
        ffi::lua_settop(l, 1);
        order::forget(l, 0);
        let text = buffer::push_new(l, 256);
        write_value(l, text, 1, 0);
        crate::host::push_slice(l, (*text).slice());
        1
    }
}

unsafe fn put(l: State, text: *mut Buffer, bytes: &[u8]) {
    // SAFETY: the bytes outlive the copy.
    unsafe { buffer::append(l, TEXT, text, Slice::of(bytes)) }
}

unsafe fn write_value(l: State, text: *mut Buffer, index: c_int, depth: usize) {
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
            ffi::LUA_TTABLE => write_table(l, text, index, depth),
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

unsafe fn write_table(l: State, text: *mut Buffer, index: c_int, depth: usize) {
    // SAFETY: as `write_value`.
    unsafe {
        if depth == MAX_DEPTH {
            raise(l, &["json.encode: nested more than 64 deep (or in itself)"]);
        }
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        let marked = is_array(l, index);
        match order::shape(l, "json.encode", index) {
            Shape::Sequence(count) if marked || count > 0 => {
                put(l, text, b"[");
                for position in 1..=count {
                    if position > 1 {
                        put(l, text, b",");
                    }
                    ffi::lua_rawgeti(l, index, position);
                    write_value(l, text, ffi::lua_gettop(l), depth + 1);
                    ffi::lua_pop(l, 1);
                }
                put(l, text, b"]");
            }
            Shape::Sequence(_) => put(l, text, b"{}"),
            Shape::Fields { from, count } if !marked => {
                put(l, text, b"{");
                for position in from..from + count {
                    if position > from {
                        put(l, text, b",");
                    }
                    let name = order::field(l, position);
                    write_string(l, text, name);
                    put(l, text, b":");
                    ffi::lua_pushlstring(l, name.at.cast(), name.len);
                    ffi::lua_rawget(l, index);
                    write_value(l, text, ffi::lua_gettop(l), depth + 1);
                    ffi::lua_pop(l, 1);
                }
                order::forget(l, from);
                put(l, text, b"}");
            }
            Shape::Fields { .. } | Shape::Mixed(_) => raise(
                l,
                &["json.encode: a table is either a sequence without gaps or has only string keys"],
            ),
        }
    }
}

/// Creates the global `json`.
///
/// # Safety
/// Raises; as `api::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        ffi::lua_rawsetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const ARRAY).cast::<c_void>(),
        );

        ffi::lua_createtable(l, 0, 4);
        set_functions(
            l,
            &[(c"decode", decode), (c"encode", encode), (c"array", array)],
        );
        push_null(l);
        ffi::lua_setfield(l, -2, c"null".as_ptr());
        ffi::lua_setglobal(l, c"json".as_ptr());
    }
}
