//! The call itself: log, version, origin, random bytes, and calls of other methods.

use std::ffi::c_int;

use bytes::Bytes;
use objclass::Errno;

use crate::{
    boundary::{
        COPY_COST, State, check_string, check_unsigned, context, fail, host, object, push_slice,
        push_str, push_unsigned, raise, set_functions,
    },
    buffer, ffi, nesting,
    parked::Slice,
    refusal::Raised,
};

/// Level of a record that names none, as in cls_lua.
pub(super) const DEFAULT_LEVEL: i32 = 10;

/// A state larger than this collects its garbage before it calls another method.
const COLLECT_FROM: usize = 1 << 20;

/// Most random bytes one call hands out.
const MAX_RANDOM: u64 = 4096;

/// `log([level,] ...)`: joins the arguments with spaces and returns the text.
unsafe extern "C-unwind" fn log(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let count = ffi::lua_gettop(l);
        if count == 0 {
            return 0;
        }
        let mut level = DEFAULT_LEVEL;
        let mut first = 1;
        if count > 1 && ffi::lua_isnumber(l, 1) != 0 {
            let number = ffi::lua_tonumberx(l, 1, std::ptr::null_mut());
            if number >= 0.0 {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a float saturates, and any large level means the same"
                )]
                {
                    level = number as i32;
                }
                first = 2;
            }
        }
        let parts = (count - first + 1) * 2 - 1;
        ffi::luaL_checkstack(l, parts + 4, c"too many arguments to log".as_ptr());
        for arg in first..=count {
            if arg > first {
                push_str(l, " ");
            }
            push_plain(l, arg);
        }
        ffi::lua_concat(l, parts);
        let text = check_string(l, -1);
        emit(l, "log", level, text);
        1
    }
}

/// Pushes the text of a value without asking its metatable: numbers and strings as they are, booleans as words,
/// of everything else the type.
unsafe fn push_plain(l: State, index: c_int) {
    // SAFETY: as the callers.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => {
                ffi::lua_pushvalue(l, index);
                check_string(l, -1);
            }
            ffi::LUA_TBOOLEAN => push_str(
                l,
                if ffi::lua_toboolean(l, index) != 0 {
                    "true"
                } else {
                    "false"
                },
            ),
            other => {
                ffi::lua_pushstring(l, ffi::lua_typename(l, other));
            }
        }
    }
}

/// Writes one record.
///
/// # Safety
/// Raises; in the shape of `boundary`. The text must be anchored.
pub(super) unsafe fn emit(l: State, name: &'static str, level: i32, text: Slice) {
    // SAFETY: as the caller promises. While a class is loaded there is no context to log through; the record is
    // dropped, its cost is not.
    unsafe {
        lua_sys::charge(l, text.len / crate::boundary::COPY_COST);
        host(l, name, move |call| {
            call.touched = true;
            match &mut call.view {
                crate::call::View::Object(context) => Ok(context.log(level, text.bytes())?),
                crate::call::View::Loading(_) => Ok(()),
            }
        });
    }
}

unsafe extern "C-unwind" fn current_version(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let version = context(l, "current_version", |context, _| {
            Ok(context.info().version)
        });
        push_unsigned(l, version);
        1
    }
}

unsafe extern "C-unwind" fn current_subop_num(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let subop = context(l, "current_subop_num", |context, _| {
            Ok(context.info().subop)
        });
        push_unsigned(l, subop.into());
        1
    }
}

unsafe extern "C-unwind" fn current_subop_version(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let (version, subop) = context(l, "current_subop_version", |context, _| {
            let info = context.info();
            Ok((info.version, info.subop))
        });
        push_unsigned(l, version);
        push_str(l, ".");
        push_unsigned(l, subop.into());
        ffi::lua_concat(l, 3);
        1
    }
}

unsafe extern "C-unwind" fn origin(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the parked bytes stay until the next host function.
    unsafe {
        let origin = context(l, "origin", |context, parked| {
            parked.bytes = Bytes::copy_from_slice(context.info().origin.as_bytes());
            Ok(Slice::of(&parked.bytes))
        });
        push_slice(l, origin);
        1
    }
}

unsafe extern "C-unwind" fn random(l: State) -> c_int {
    // SAFETY: as `origin`.
    unsafe {
        let count = check_unsigned(l, "random", 1);
        if count > MAX_RANDOM {
            fail(l, "random", Errno::EINVAL);
        }
        let bytes = context(l, "random", move |context, parked| {
            let mut buffer = vec![0; usize::try_from(count).unwrap_or(0)];
            context.random(&mut buffer);
            parked.bytes = buffer.into();
            Ok(Slice::of(&parked.bytes))
        });
        push_slice(l, bytes);
        1
    }
}

/// `now()`: nanoseconds since 1970, the same through one request.
unsafe extern "C-unwind" fn now(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let now = context(l, "now", |context, _| Ok(context.now()));
        push_unsigned(l, now.0);
        1
    }
}

/// `origin_inst()`: `{ name = { type, num }, addr = { type, nonce, sockaddr } }`, as the types `name` and `addr` have them.
unsafe extern "C-unwind" fn origin_inst(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; a caller is plain data.
    unsafe {
        let caller = context(l, "origin_inst", |context, _| Ok(context.caller()));
        ffi::lua_createtable(l, 0, 2);
        ffi::lua_createtable(l, 0, 2);
        push_unsigned(l, caller.kind.into());
        ffi::lua_setfield(l, -2, c"type".as_ptr());
        ffi::lua_pushinteger(l, caller.number);
        ffi::lua_setfield(l, -2, c"num".as_ptr());
        ffi::lua_setfield(l, -2, c"name".as_ptr());
        ffi::lua_createtable(l, 0, 3);
        push_unsigned(l, caller.address.into());
        ffi::lua_setfield(l, -2, c"type".as_ptr());
        push_unsigned(l, caller.nonce.into());
        ffi::lua_setfield(l, -2, c"nonce".as_ptr());
        push_slice(l, Slice::of(caller.sockaddr()));
        ffi::lua_setfield(l, -2, c"sockaddr".as_ptr());
        ffi::lua_setfield(l, -2, c"addr".as_ptr());
        1
    }
}

/// `fail(errno [, text])`: ends the method as a host function that fails does.
unsafe extern "C-unwind" fn fail_method(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the text is an argument and stays.
    unsafe {
        let number = ffi::luaL_checkinteger(l, 1);
        let errno = i32::try_from(number.unsigned_abs())
            .ok()
            .and_then(Errno::new);
        let Some(errno) = errno else {
            raise(l, &["fail: there is no such error number"])
        };
        if ffi::lua_isnoneornil(l, 2) != 0 {
            fail(l, "fail", errno);
        }
        let text = buffer::check_bytes(l, 2);
        ffi::luaL_where(l, 1);
        push_slice(l, text);
        ffi::lua_concat(l, 2);
        (*crate::env::of(l)).raised = Some(Raised { errno });
        ffi::lua_error(l)
    }
}

/// `call(class, method [, input])`: another method on the same object, in the same transaction.
unsafe extern "C-unwind" fn call(l: State) -> c_int {
    // SAFETY: as `origin`; the names are valid UTF-8 or the call is refused.
    unsafe {
        let class = check_string(l, 1);
        let method = check_string(l, 2);
        let input = if ffi::lua_isnoneornil(l, 3) != 0 {
            Slice::EMPTY
        } else {
            buffer::check_bytes(l, 3)
        };
        let in_use = (*crate::env::of(l)).memory_in_use();
        if in_use > COLLECT_FROM {
            // The callee gets what this state leaves of the memory; its garbage should not count.
            lua_sys::charge(l, in_use / COPY_COST);
            ffi::lua_gc(l, ffi::LUA_GCCOLLECT);
        }
        let depth = lua_sys::depth(l);
        let held = (*crate::env::of(l)).memory_in_use();
        crate::env::settle(l);
        let (ret, output) = object(l, "call", move |context, parked| {
            let class = std::str::from_utf8(class.bytes()).map_err(|_| Errno::EINVAL)?;
            let method = std::str::from_utf8(method.bytes()).map_err(|_| Errno::EINVAL)?;
            let reply =
                nesting::nested(depth, held, || context.call(class, method, input.bytes()))?;
            parked.bytes = reply.output;
            Ok((reply.ret, Slice::of(&parked.bytes)))
        });
        ffi::lua_pushinteger(l, ret.into());
        buffer::push_filled(l, output);
        2
    }
}

/// Adds the functions to the table on top.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        set_functions(
            l,
            &[
                (c"log", log),
                (c"current_version", current_version),
                (c"current_subop_num", current_subop_num),
                (c"current_subop_version", current_subop_version),
                (c"origin", origin),
                (c"random", random),
                (c"now", now),
                (c"origin_inst", origin_inst),
                (c"fail", fail_method),
                (c"call", call),
            ],
        );
    }
}
