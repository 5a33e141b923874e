//! `json`: `decode(text)`, `encode(value)`, `array([table])`, `null`.

mod decode;
mod encode;

use std::ffi::c_int;

pub(super) use self::{decode::decode, encode::encode};

use crate::{
    boundary::{State, set_functions},
    ffi,
};

/// Stack slots one level of nesting needs.
const SLOTS: c_int = 8;

unsafe fn push_null(l: State) {
    // SAFETY: a light userdata is never followed.
    unsafe { ffi::lua_pushlightuserdata(l, std::ptr::null_mut()) }
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
        lua_sys::mark_array(l, -1);
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
