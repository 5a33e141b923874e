//! `register`: which global functions are methods.

use std::ffi::{c_int, c_void};

use objclass::{MethodFlags, MethodName};

use super::typed;
use crate::{
    boundary::{State, check_string, host, raise, set_functions},
    buffer,
    env::{Handler, Side},
    ffi,
    parked::Slice,
    refusal::Refusal,
};

/// Most handlers of a class; each occupies a slot of the stack in the image.
const MAX_HANDLERS: usize = 1024;

/// Longest one-line description, in bytes.
const MAX_DOC: usize = 200;

/// Key of the table from function to position among the handlers.
static HANDLERS: u8 = 0;

/// Pushes the table of handlers.
///
/// # Safety
/// The stack must have room. Raises nothing.
pub(crate) unsafe fn push_handlers(l: State) {
    // SAFETY: a raw get of a light key.
    unsafe {
        ffi::lua_rawgetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const HANDLERS).cast::<c_void>(),
        );
    }
}

/// `register(function [, flags] [, doc] [, types])`
unsafe extern "C-unwind" fn register(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TFUNCTION);
        let types = (2..=4).find(|arg| ffi::lua_type(l, *arg) == ffi::LUA_TTABLE);
        let (flags, next) = match is_flags(l, 2) {
            true => (Some(check_string(l, 2)), 3),
            false => (None, 2),
        };
        let doc = match types == Some(next) {
            true => None,
            false => optional(l, next),
        };
        host(l, "register", |call| {
            if call.loading {
                Ok(())
            } else {
                Err(Refusal::Rule(
                    "handlers are registered while the class is loaded, not by a method",
                ))
            }
        });
        push_handlers(l);
        let handlers = ffi::lua_gettop(l);
        ffi::lua_pushvalue(l, 1);
        if ffi::lua_rawget(l, handlers) != ffi::LUA_TNIL {
            raise(l, &["Cannot register handler more than once"]);
        }
        ffi::lua_pop(l, 1);
        let name = find_global(l);
        if name.len == 0 {
            raise(
                l,
                &["register: the function must be global, so that it has a name"],
            );
        }
        let sides = types.map(|types| typed::check(l, types));
        let index = add(l, name, flags, doc, sides);
        if sides.is_some() {
            typed::bind(l, index);
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushinteger(l, index);
        ffi::lua_rawset(l, handlers);
        0
    }
}

/// Whether an argument is a flag word rather than a description.
unsafe fn is_flags(l: State, arg: c_int) -> bool {
    // SAFETY: the string is an argument.
    unsafe {
        ffi::lua_type(l, arg) == ffi::LUA_TSTRING && {
            let word = check_string(l, arg);
            // A description is a sentence; anything as short as a flag word is meant as one.
            word.len <= 3
        }
    }
}

unsafe fn optional(l: State, arg: c_int) -> Option<Slice> {
    // SAFETY: as the caller.
    unsafe {
        if ffi::lua_isnoneornil(l, arg) != 0 {
            None
        } else {
            Some(buffer::check_bytes(l, arg))
        }
    }
}

/// The name under which the function at index 1 is global; of several the first in byte order, so that it is the
/// same everywhere. Leaves the name on the stack. Empty when there is none.
unsafe fn find_global(l: State) -> Slice {
    // SAFETY: the walk changes nothing; keys are looked at only when they are strings, which are not converted.
    unsafe {
        ffi::lua_pushnil(l);
        let best = ffi::lua_gettop(l);
        ffi::lua_pushglobaltable(l);
        let globals = ffi::lua_gettop(l);
        let mut found = Slice::EMPTY;
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, globals) != 0 {
            lua_sys::charge(l, 2);
            if ffi::lua_type(l, -2) == ffi::LUA_TSTRING && ffi::lua_rawequal(l, -1, 1) != 0 {
                let name = check_string(l, -2);
                if name.len > 0 && (found.len == 0 || name.bytes() < found.bytes()) {
                    found = name;
                    ffi::lua_copy(l, -2, best);
                }
            }
            ffi::lua_pop(l, 1);
        }
        ffi::lua_settop(l, best);
        found
    }
}

/// Adds a handler to the env; answers its position.
unsafe fn add(
    l: State,
    name: Slice,
    flags: Option<Slice>,
    doc: Option<Slice>,
    sides: Option<(Side, Side)>,
) -> i64 {
    // SAFETY: captures only slices of anchored strings. The env is reached inside the closure, while `host` holds
    // the call in it: different fields, and the pointer is taken anew.
    unsafe {
        host(l, "register", move |_| {
            let name = std::str::from_utf8(name.bytes())
                .ok()
                .and_then(|name| MethodName::new(name).ok())
                .ok_or(Refusal::Rule(
                    "the name is not 1 to 128 bytes of printable text",
                ))?;
            let flags = match flags {
                None => MethodFlags::RD | MethodFlags::WR,
                Some(word) => std::str::from_utf8(word.bytes())
                    .ok()
                    .and_then(|word| word.parse().ok())
                    .ok_or(Refusal::Rule("the flags must be \"r\", \"w\" or \"rw\""))?,
            };
            let doc = doc.map(|doc| objclass::escaped(doc.bytes(), MAX_DOC));
            let handlers = &raw mut (*crate::env::of(l)).handlers;
            if (*handlers).len() >= MAX_HANDLERS {
                return Err(Refusal::Rule("a class can have at most 1024 handlers"));
            }
            let (input, output) = sides.unwrap_or((Side::Untyped, Side::Untyped));
            (*handlers).push(Handler {
                name,
                flags,
                doc,
                input,
                output,
            });
            Ok(i64::try_from((*handlers).len()).unwrap_or(i64::MAX))
        })
    }
}

/// Creates the table of handlers and adds the function to the table on top.
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
            (&raw const HANDLERS).cast::<c_void>(),
        );
        typed::open(l);
        set_functions(l, &[(c"register", register)]);
    }
}
