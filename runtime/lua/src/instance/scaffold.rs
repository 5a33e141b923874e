//! What every call finds on the stack of its state: made once, part of the image.

use crate::{boundary::State, buffer, ffi, host};

/// Stack index of the message handler.
pub(super) const NOTE_LINE: i32 = 1;
/// Stack index of the input.
pub(super) const INPUT: i32 = 2;
/// Stack index of the output.
pub(super) const OUTPUT: i32 = 3;
/// Stack index of the function that resolves a name.
pub(super) const RESOLVE: i32 = 4;
/// Stack index of the first handler.
pub(super) const FIRST_HANDLER: i32 = 5;

/// Room of the prepared output. Short replies never grow it.
pub(super) const OUTPUT_ROOM: usize = 512;

/// Stack slots a call may use before Lua must grow the stack.
const SPARE_SLOTS: i32 = 40;

/// What [`resolve`] answers for a name that is no function; positions count from 1, 0 is an unregistered one.
pub(super) const NOT_A_FUNCTION: i64 = -1;

/// Opens the libraries in a new state.
///
/// # Safety
/// Called by Lua.
pub(super) unsafe extern "C-unwind" fn open(l: State) -> i32 {
    // SAFETY: a C function whose frame holds nothing.
    unsafe {
        host::open(l);
        0
    }
}

/// Leaves the scaffolding on the stack: input, output, resolver, handlers.
///
/// # Safety
/// Called by Lua, after the chunk ran.
pub(super) unsafe extern "C-unwind" fn prepare(l: State) -> i32 {
    // SAFETY: a C function in the shape of `boundary`: the count is copied out of the env.
    unsafe {
        let count = i32::try_from((*crate::env::of(l)).handlers.len()).unwrap_or(0);
        ffi::luaL_checkstack(l, count + 2 * SPARE_SLOTS, std::ptr::null());
        buffer::push_new(l, 0);
        buffer::push_new(l, OUTPUT_ROOM);
        ffi::lua_pushcfunction(l, resolve);
        // Invert function -> position; the table has exactly `count` entries.
        for _ in 0..count {
            ffi::lua_pushnil(l);
        }
        host::push_handlers(l);
        let handlers = ffi::lua_gettop(l);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, handlers) != 0 {
            let position = ffi::lua_tointegerx(l, -1, std::ptr::null_mut());
            ffi::lua_pop(l, 1);
            ffi::lua_pushvalue(l, -1);
            ffi::lua_replace(l, 3 + i32::try_from(position).unwrap_or(0));
        }
        ffi::lua_settop(l, handlers - 1);
        for position in 1..=count {
            host::push_typed(l, position);
            match ffi::lua_type(l, -1) {
                ffi::LUA_TNIL => ffi::lua_pop(l, 1),
                _ => ffi::lua_replace(l, 3 + position),
            }
        }
        ffi::lua_gc(l, ffi::LUA_GCCOLLECT);
        ffi::lua_gc(l, ffi::LUA_GCSTOP);
        3 + count
    }
}

/// `resolve(name)`: the position of the handler behind a global name. Raw access: a metatable that the chunk put on
/// the globals does not take part.
unsafe extern "C-unwind" fn resolve(l: State) -> i32 {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let name = buffer::check_bytes(l, 1);
        ffi::lua_pushglobaltable(l);
        crate::boundary::push_slice(l, name);
        if ffi::lua_rawget(l, -2) != ffi::LUA_TFUNCTION {
            ffi::lua_pushinteger(l, NOT_A_FUNCTION);
            return 1;
        }
        host::push_handlers(l);
        ffi::lua_insert(l, -2);
        ffi::lua_rawget(l, -2);
        let position = ffi::lua_tointegerx(l, -1, std::ptr::null_mut());
        ffi::lua_pushinteger(l, position);
        1
    }
}
