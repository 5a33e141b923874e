//! Methods with types: `register(f, flags, doc, { input = T.op, output = T.answer })`.
//!
//! Such a method stands behind a closure that decodes the input before the method runs and encodes what it returns.

use std::ffi::{c_int, c_void};

use objclass::Errno;

use super::{
    ceph::{self, types},
    json,
};
use crate::{
    boundary::{State, check_string, raise},
    buffer,
    env::{self, Side},
    ffi,
    refusal::Raised,
};

/// The word for JSON in place of a type.
const JSON: &[u8] = b"json";

/// Key of the table from the position of a handler to the closure before it.
static TYPED: u8 = 0;

/// What the keys of the table of types may be.
const KEYS: [&str; 3] = ["input", "output", "errno"];

/// Fuel of writing a type out.
const WRITE_COST: usize = 2000;

/// Reads the table at `arg` and leaves three values on the stack: the type of input and that of output, each a type, the word for JSON, or nil;
/// and what input that does not decode is refused with.
///
/// # Safety
/// Raises; in the shape of `boundary`.
pub(super) unsafe fn check(l: State, arg: c_int) -> (Side, Side) {
    // SAFETY: keys are looked at only when they are strings, which are not converted.
    unsafe {
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, arg) != 0 {
            ffi::lua_pop(l, 1);
            let is_known = ffi::lua_type(l, -1) == ffi::LUA_TSTRING && {
                let key = check_string(l, -1);
                KEYS.iter().any(|known| known.as_bytes() == key.bytes())
            };
            if !is_known {
                raise(
                    l,
                    &["register: types are given as input and output, with errno"],
                );
            }
        }
        let input = side(l, arg, c"input");
        let output = side(l, arg, c"output");
        ffi::lua_pushstring(l, c"errno".as_ptr());
        ffi::lua_rawget(l, arg);
        let errno = ceph::check_errno(l, "register", -1);
        ffi::lua_pop(l, 1);
        ffi::lua_pushinteger(l, errno.code().into());
        (input, output)
    }
}

unsafe fn side(l: State, arg: c_int, key: &std::ffi::CStr) -> Side {
    // SAFETY: as `check`; the description stays on the stack until its type is there.
    unsafe {
        ffi::lua_pushstring(l, key.as_ptr());
        ffi::lua_rawget(l, arg);
        if ffi::lua_type(l, -1) == ffi::LUA_TNIL {
            return Side::Untyped;
        }
        if ffi::lua_type(l, -1) == ffi::LUA_TSTRING {
            let description = check_string(l, -1);
            if description.bytes() == JSON {
                return Side::Json;
            }
            let id = types::define(l, "register", None, description);
            types::push(l, id);
            ffi::lua_remove(l, -2);
            check_written(l, id);
            return Side::Type(id);
        }
        match types::test(l, -1) {
            Some(id) => {
                check_written(l, id);
                Side::Type(id)
            }
            None => raise(
                l,
                &[
                    "register: a type of ceph.types, the description of one, or \"json\" is expected",
                ],
            ),
        }
    }
}

/// Raises unless the type can be told to the host: cut, its description would be one of something else.
unsafe fn check_written(l: State, id: u32) {
    // SAFETY: as `check`; no text is alive when this raises.
    unsafe {
        lua_sys::charge(l, WRITE_COST);
        let written = types::schema(l).is_some_and(|schema| {
            schema
                .at(id)
                .and_then(|id| schema.describe_type(id))
                .is_some()
        });
        if !written {
            raise(
                l,
                &[
                    "register: the type of a method takes more than 16 KiB with every name in it resolved",
                ],
            );
        }
    }
}

/// Puts a closure before the handler at `position`, for the three values on top of the stack, which [`check`] left there.
///
/// # Safety
/// Raises; the function is at index 1.
pub(super) unsafe fn bind(l: State, position: i64) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushvalue(l, 1);
        ffi::lua_insert(l, -4);
        ffi::lua_pushcclosure(l, typed, 4);
        push_table(l);
        ffi::lua_insert(l, -2);
        ffi::lua_rawseti(l, -2, position);
        ffi::lua_pop(l, 1);
    }
}

/// Pushes the closure before the handler at `position`, or nil.
///
/// # Safety
/// The stack must have room. Raises nothing.
pub(crate) unsafe fn push(l: State, position: c_int) {
    // SAFETY: raw gets.
    unsafe {
        push_table(l);
        ffi::lua_rawgeti(l, -1, position.into());
        ffi::lua_remove(l, -2);
    }
}

unsafe fn push_table(l: State) {
    // SAFETY: a raw get of a light key.
    unsafe {
        ffi::lua_rawgetp(l, ffi::LUA_REGISTRYINDEX, (&raw const TYPED).cast());
    }
}

/// Runs the method in the first upvalue; input and output are its arguments.
unsafe extern "C-unwind" fn typed(l: State) -> c_int {
    const METHOD: c_int = ffi::lua_upvalueindex(1);
    const INPUT: c_int = ffi::lua_upvalueindex(2);
    const OUTPUT: c_int = ffi::lua_upvalueindex(3);
    const ERRNO: c_int = ffi::lua_upvalueindex(4);
    // SAFETY: a C function that keeps only `Copy` values; the upvalues are those `bind` gave it.
    unsafe {
        ffi::lua_settop(l, 2);
        match ffi::lua_type(l, INPUT) {
            ffi::LUA_TNIL => {}
            ffi::LUA_TSTRING => {
                ffi::lua_pushcfunction(l, json::decode);
                ffi::lua_pushvalue(l, 1);
                if ffi::lua_pcall(l, 1, 1, 0) != ffi::LUA_OK {
                    // What ended the call for good ends it whatever is said here.
                    let errno = ffi::lua_tointegerx(l, ERRNO, std::ptr::null_mut());
                    let errno = i32::try_from(errno).ok().and_then(Errno::new);
                    (*env::of(l)).raised = Some(Raised {
                        errno: errno.unwrap_or(Errno::EINVAL),
                    });
                    ffi::lua_error(l);
                }
                ffi::lua_replace(l, 1);
            }
            _ => {
                ffi::lua_pushcfunction(l, ceph::decode);
                ffi::lua_pushvalue(l, INPUT);
                ffi::lua_pushvalue(l, 1);
                ffi::lua_pushvalue(l, ERRNO);
                ffi::lua_call(l, 3, 1);
                ffi::lua_replace(l, 1);
            }
        }
        ffi::lua_pushvalue(l, METHOD);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushvalue(l, 2);
        ffi::lua_call(l, 2, ffi::LUA_MULTRET);
        let results = ffi::lua_gettop(l) - 2;
        let is_answer = results > 0
            && !matches!(ffi::lua_type(l, 3), ffi::LUA_TNIL | ffi::LUA_TNUMBER)
            && ffi::lua_type(l, OUTPUT) != ffi::LUA_TNIL;
        if !is_answer {
            return results;
        }
        ffi::lua_settop(l, 3);
        if ffi::lua_type(l, OUTPUT) == ffi::LUA_TSTRING {
            ffi::lua_pushcfunction(l, json::encode);
            ffi::lua_pushvalue(l, 3);
            ffi::lua_call(l, 1, 1);
        } else {
            ffi::lua_pushcfunction(l, ceph::encode);
            ffi::lua_pushvalue(l, OUTPUT);
            ffi::lua_pushvalue(l, 3);
            ffi::lua_call(l, 2, 1);
        }
        let bytes = buffer::check_bytes(l, -1);
        let output = buffer::test(l, 2);
        if !output.is_null() {
            buffer::append(l, 2, output, bytes);
        }
        0
    }
}

/// Creates the table of closures.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_rawsetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const TYPED).cast::<c_void>(),
        );
    }
}
