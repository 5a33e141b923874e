//! Lua's own libraries, less what reaches out of the state, and the few functions that behave otherwise here.

use std::ffi::{CStr, c_int};

use crate::{
    boundary::{State, check_string, push_str, set_functions},
    env, ffi,
};

/// Longest text `load` compiles, in bytes.
const MAX_LOAD: usize = 256 << 10;

/// Globals of the base library a script does not get. `xpcall` would run a handler of the script's while an error
/// is raised; the rest reaches files, byte code or the collector.
const REMOVED: &[&CStr] = &[c"collectgarbage", c"dofile", c"loadfile", c"xpcall"];

/// `pcall(f, ...)`: `true, results...`; `false, -errno, message` when a host call failed; `false, message` for
/// any other error. The end of a call passes it by.
unsafe extern "C-unwind" fn pcall(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        ffi::luaL_checkany(l, 1);
        ffi::lua_pushboolean(l, 1);
        ffi::lua_insert(l, 1);
        let status = ffi::lua_pcall(l, ffi::lua_gettop(l) - 2, ffi::LUA_MULTRET, 0);
        if status == ffi::LUA_OK {
            return ffi::lua_gettop(l);
        }
        ffi::lua_pushboolean(l, 0);
        let raised = (*env::of(l)).raised.take();
        let results = match raised {
            Some(raised) => {
                ffi::lua_pushinteger(l, raised.errno.to_return().into());
                3
            }
            None => 2,
        };
        // [.., message, false, (errno)] becomes [.., false, (errno), message].
        ffi::lua_rotate(l, -results, -1);
        results
    }
}

/// `load(text [, name [, mode [, env]]])`: text only, at most 256 KiB, no reader functions. The name is ignored:
/// it would let a script choose what stands in logs.
unsafe extern "C-unwind" fn load(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the text is an argument and stays.
    unsafe {
        if ffi::lua_type(l, 1) != ffi::LUA_TSTRING {
            ffi::lua_pushnil(l);
            push_str(
                l,
                "load: only text can be loaded, not a function that reads",
            );
            return 2;
        }
        let text = check_string(l, 1);
        let has_env = ffi::lua_isnone(l, 4) == 0;
        if text.len > MAX_LOAD {
            ffi::lua_pushnil(l);
            push_str(l, "load: the text is longer than 256 KiB");
            return 2;
        }
        lua_sys::charge(l, text.len);
        // Binary chunks are refused by the core, whatever the mode says.
        let mode = ffi::luaL_optlstring(l, 3, c"bt".as_ptr(), std::ptr::null_mut());
        let name = c"=load".as_ptr();
        let status = ffi::luaL_loadbufferx(l, text.at.cast(), text.len, name, mode);
        if status != ffi::LUA_OK {
            ffi::lua_pushnil(l);
            ffi::lua_insert(l, -2);
            return 2;
        }
        if has_env {
            ffi::lua_pushvalue(l, 4);
            if ffi::lua_setupvalue(l, -2, 1).is_null() {
                ffi::lua_pop(l, 1);
            }
        }
        1
    }
}

/// `print(...)`: one record at the default level.
unsafe extern "C-unwind" fn print(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`. `luaL_tolstring` may run a `__tostring` of the script's, under
    // its limits like any other code.
    unsafe {
        let count = ffi::lua_gettop(l);
        ffi::luaL_checkstack(l, count * 2 + 4, c"too many arguments to print".as_ptr());
        for arg in 1..=count {
            if arg > 1 {
                push_str(l, "\t");
            }
            ffi::luaL_tolstring(l, arg, std::ptr::null_mut());
        }
        ffi::lua_concat(l, if count == 0 { 0 } else { count * 2 - 1 });
        let text = check_string(l, -1);
        super::services::emit(l, "print", super::services::DEFAULT_LEVEL, text);
        0
    }
}

/// `warn(...)`: one record at level 1. Control messages such as `@on` are ignored.
unsafe extern "C-unwind" fn warn(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let count = ffi::lua_gettop(l);
        let first = check_string(l, 1);
        if count == 1 && first.bytes().first() == Some(&b'@') {
            return 0;
        }
        for arg in 2..=count {
            check_string(l, arg);
        }
        ffi::lua_concat(l, count);
        let text = check_string(l, -1);
        super::services::emit(l, "warn", 1, text);
        0
    }
}

/// Opens the libraries.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises; the openers are Lua's own.
    unsafe {
        let libraries: [(&CStr, ffi::lua_CFunction); 5] = [
            (c"_G", ffi::luaopen_base),
            (c"table", ffi::luaopen_table),
            (c"string", ffi::luaopen_string),
            (c"math", ffi::luaopen_math),
            (c"utf8", ffi::luaopen_utf8),
        ];
        for (name, opener) in libraries {
            ffi::luaL_requiref(l, name.as_ptr(), opener, 1);
            ffi::lua_pop(l, 1);
        }
        // The table of loaded libraries is for `require`, which there is not, and for names in messages: see `names`.
        ffi::lua_pushnil(l);
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_LOADED_TABLE);

        ffi::lua_pushglobaltable(l);
        for name in REMOVED {
            ffi::lua_pushnil(l);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        set_functions(
            l,
            &[
                (c"pcall", pcall),
                (c"load", load),
                (c"print", print),
                (c"warn", warn),
            ],
        );
        ffi::lua_getfield(l, -1, c"string".as_ptr());
        ffi::lua_pushnil(l);
        ffi::lua_setfield(l, -2, c"dump".as_ptr());
        ffi::lua_pop(l, 1);

        ffi::lua_pop(l, 1);

        // Strings share one metatable; who can write to it changes every string operation.
        push_str(l, "");
        ffi::lua_getmetatable(l, -1);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        ffi::lua_pop(l, 2);
    }
}
