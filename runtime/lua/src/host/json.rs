//! `json`: `decode(text)`, `encode(value)`, `array([table])`, `null`.

mod decode;
mod encode;

use std::ffi::{c_int, c_void};

use crate::{
    boundary::{State, set_functions},
    ffi,
};

/// Its address is the key of the metatable that marks arrays.
static ARRAY: u8 = 0;

/// Stack slots one level of nesting needs.
const SLOTS: c_int = 8;

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
    // SAFETY: a C function in the shape of `boundary`.
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

/// Creates the global `json`.
///
/// # Safety
/// Raises; as `host::open`.
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
            &[
                (c"decode", decode::decode),
                (c"encode", encode::encode),
                (c"array", array),
            ],
        );
        push_null(l);
        ffi::lua_setfield(l, -2, c"null".as_ptr());
        ffi::lua_setglobal(l, c"json".as_ptr());
    }
}
