//! What scripts call the functions they are given, for messages about wrong arguments.
//!
//! Lua takes the name a function was called by; under `pcall` there is none, and stock Lua then searches the loaded
//! libraries, which a script may have changed. Our functions have the same addresses in all states of a process, so
//! their names are learned once, when the first message needs one, from a state made for that.

use std::{
    collections::HashMap,
    ffi::{CStr, CString, c_char, c_int},
    sync::OnceLock,
};

use lua_sys::Meter;

use crate::{
    arena::Arena, boundary::State, buffer, env::Env, ffi, heap::lua_alloc, host, parked::Slice,
};

/// Name by address of the function.
type Names = HashMap<usize, CString>;

/// Tables of functions, each under the name scripts should use.
const TABLES: [&CStr; 9] = [
    c"string",
    c"table",
    c"math",
    c"utf8",
    c"json",
    c"cmsgpack",
    c"ceph",
    c"bufferlist",
    c"cls",
];

/// Memory of the state the names are learned from.
const ROOM: usize = 1 << 20;

/// The name of a function, null when it has none. See [`lua_sys::Name`].
pub(crate) unsafe extern "C" fn name(function: Option<ffi::lua_CFunction>) -> *const c_char {
    static NAMES: OnceLock<Names> = OnceLock::new();
    function
        .and_then(|function| NAMES.get_or_init(learn).get(&(function as usize)))
        .map_or(std::ptr::null(), |name| name.as_ptr())
}

/// Without memory for it there are no names.
fn learn() -> Names {
    let mut names = Names::new();
    let Ok(mut arena) = Arena::new(ROOM) else {
        return names;
    };
    let env = Env::owned(Meter::new(), arena.heap(), false);
    // SAFETY: the state lives in the arena and is abandoned with it; the meter is the env's, which outlives it. All
    // that raises is called protected, and `names` is not in a frame that is jumped over.
    unsafe {
        let heap = arena.heap().cast();
        let l = lua_sys::new_state(lua_alloc, heap, &raw mut (*env.as_ptr()).meter);
        if !l.is_null() {
            ffi::lua_pushcfunction(l, collect);
            ffi::lua_pushlightuserdata(l, (&raw mut names).cast());
            ffi::lua_pcall(l, 1, 0, 0);
        }
    }
    names
}

unsafe extern "C-unwind" fn collect(l: State) -> c_int {
    // SAFETY: the argument is the map of `learn`; the frame holds only `Copy` values.
    unsafe {
        let names = ffi::lua_touserdata(l, 1).cast::<Names>();
        host::open(l);
        ffi::lua_pushglobaltable(l);
        note_all(l, names, c"");
        for table in TABLES {
            ffi::lua_getglobal(l, table.as_ptr());
            note_all(l, names, table);
        }
        buffer::push_methods(l);
        note_all(l, names, c"bufferlist");
        host::ceph::push_names(l);
        note_all(l, names, c"type");
        0
    }
}

/// Notes the functions in the table on top.
unsafe fn note_all(l: State, names: *mut Names, table: &CStr) {
    // SAFETY: as `collect`; keys are read only when they are strings, which converts nothing.
    unsafe {
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, -2) != 0 {
            if let Some(function) = ffi::lua_tocfunction(l, -1)
                && ffi::lua_type(l, -2) == ffi::LUA_TSTRING
            {
                let mut len = 0;
                let at = ffi::lua_tolstring(l, -2, &mut len).cast();
                note(&mut *names, function, table, Slice { at, len }.bytes());
            }
            ffi::lua_pop(l, 1);
        }
    }
}

/// Raises nothing.
fn note(names: &mut Names, function: ffi::lua_CFunction, table: &CStr, field: &[u8]) {
    let mut name = table.to_bytes().to_vec();
    if !name.is_empty() {
        name.push(b'.');
    }
    name.extend(field);
    if let Ok(name) = CString::new(name) {
        names.entry(function as usize).or_insert(name);
    }
}
