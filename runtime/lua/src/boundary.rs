//! The one way from a script to the host.
//!
//! Lua is C: an error leaves by `longjmp`, over every frame up to the nearest `pcall`, running no destructor.
//!
//! INVARIANT: no Rust value with a destructor is alive in a frame that calls a function of Lua's interface which
//! can raise. Every function a script can call keeps this shape:
//!
//! 1. read the arguments with raising functions into `Copy` values (numbers, [`Slice`]s);
//! 2. do the work in [`host`], which raises nothing while Rust code runs: the closure captures only `Copy`
//!    values, results stay in [`Parked`](crate::parked::Parked), a panic becomes a fault of the host;
//! 3. push results with raising functions, reading them from `Parked` one `Copy` value at a time.
//!
//! `host` itself raises only after the closure has returned and been dropped. The bound `F: Copy` makes the
//! compiler check the captures.

use std::{
    ffi::{CStr, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
};

use objclass::{Context, Errno, Fault};

use crate::{
    call::{Call, View},
    env, ffi,
    parked::Slice,
    refusal::{Raised, Refusal},
};

/// The state a function was called with.
pub(crate) type State = *mut ffi::lua_State;

/// Fuel of a call into the host beyond Lua's own price of a call.
const BASE_COST: usize = 40;

/// Bytes that cost one unit of fuel when they are copied.
pub(crate) const COPY_COST: usize = 32;

/// Outcome of the work, without destructors.
#[derive(Clone, Copy)]
enum Done<R: Copy> {
    Result(R),
    Refused(Refusal),
    NoCall,
}

/// Does the work of a host function named `name` on the running call. Raises what went wrong.
///
/// # Safety
/// Called from a C function of `l`, in the shape the module describes.
pub(crate) unsafe fn host<R, F>(l: State, name: &'static str, work: F) -> R
where
    R: Copy,
    F: FnOnce(&mut Call<'static, 'static>) -> Result<R, Refusal> + Copy,
{
    // SAFETY: the frame holds only `Copy` values.
    unsafe {
        lua_sys::charge(l, BASE_COST);
        match attempt(l, work) {
            Done::Result(result) => result,
            Done::Refused(refusal) => refuse(l, name, refusal),
            Done::NoCall => raise(l, &[name, ": host calls are over"]),
        }
    }
}

/// As [`host`], for work that reaches the object. What that costs fuel cannot tell, so the clock is looked at
/// afterwards.
///
/// # Safety
/// As [`host`].
pub(crate) unsafe fn object<R, F>(l: State, name: &'static str, work: F) -> R
where
    R: Copy,
    F: FnOnce(&mut Context<'_>, &mut crate::parked::Parked) -> Result<R, Refusal> + Copy,
{
    // SAFETY: forwarded.
    unsafe {
        host(l, name, move |call| {
            call.touched = true;
            match &mut call.view {
                View::Object(context) => {
                    let result = work(context, &mut call.parked);
                    if call.may_go_on() {
                        result
                    } else {
                        Err(Refusal::Ended)
                    }
                }
                View::Loading(_) => Err(Refusal::NoObject),
            }
        })
    }
}

/// As [`host`], for what the call knows without asking the object.
///
/// # Safety
/// As [`host`].
pub(crate) unsafe fn context<R, F>(l: State, name: &'static str, work: F) -> R
where
    R: Copy,
    F: FnOnce(&mut Context<'_>, &mut crate::parked::Parked) -> Result<R, Refusal> + Copy,
{
    // SAFETY: forwarded.
    unsafe {
        host(l, name, move |call| {
            call.touched = true;
            match &mut call.view {
                View::Object(context) => work(context, &mut call.parked),
                View::Loading(_) => Err(Refusal::NoObject),
            }
        })
    }
}

/// Runs the closure; raises nothing.
#[inline(never)]
fn attempt<R, F>(l: State, work: F) -> Done<R>
where
    R: Copy,
    F: FnOnce(&mut Call<'static, 'static>) -> Result<R, Refusal> + Copy,
{
    // SAFETY: guest code is suspended in the C function that called us, and nothing below runs Lua code of this
    // state, so this is the only way to the env meanwhile.
    let env = unsafe { &mut *env::of(l) };
    let Some(call) = env.call() else {
        return Done::NoCall;
    };
    match catch_unwind(AssertUnwindSafe(|| work(call))) {
        Ok(Ok(result)) => Done::Result(result),
        Ok(Err(refusal)) => Done::Refused(refusal),
        Err(_) => {
            call.budget()
                .fail(Fault::new("a host function panicked; please report this"));
            Done::Refused(Refusal::Ended)
        }
    }
}

unsafe fn refuse(l: State, name: &'static str, refusal: Refusal) -> ! {
    // SAFETY: raises; only `Copy` values are alive.
    unsafe {
        match refusal {
            Refusal::Errno(errno) => fail(l, name, errno),
            Refusal::Ended => {
                mark_ended(l);
                lua_sys::end(l)
            }
            Refusal::NoObject => raise(
                l,
                &[
                    name,
                    ": there is no object while the class is being loaded; call it from a handler",
                ],
            ),
            Refusal::Rule(text) => raise(l, &[name, ": ", text]),
        }
    }
}

/// Looks at the clock within work that was paid before. Does not return when the call is over.
///
/// # Safety
/// Called from a C function of `l` whose frame holds only `Copy` values.
pub(crate) unsafe fn look(l: State) {
    // SAFETY: as in `attempt`; the borrow ends before anything is raised.
    let goes_on = unsafe { &mut *env::of(l) }
        .call()
        .is_none_or(Call::may_go_on);
    if !goes_on {
        mark_ended(l);
        // SAFETY: as the caller promises.
        unsafe { lua_sys::end(l) }
    }
}

fn mark_ended(l: State) {
    // SAFETY: as in `attempt`.
    unsafe { &mut *env::of(l) }.end();
}

/// Raises the failure of a host call: `pcall` will answer `false, -errno, message`.
///
/// # Safety
/// Called from a C function of `l` whose frame holds only `Copy` values.
pub(crate) unsafe fn fail(l: State, name: &'static str, errno: Errno) -> ! {
    // SAFETY: as the caller promises; the env is reached for one assignment.
    unsafe {
        (*env::of(l)).raised = None;
        ffi::luaL_where(l, 1);
        push_str(l, name);
        let pieces = match errno.name() {
            Some(symbol) => {
                push_str(l, ": ");
                push_str(l, errno.description());
                push_str(l, " (");
                push_str(l, symbol);
                push_str(l, ")");
                5
            }
            None => {
                push_str(l, ": errno ");
                ffi::lua_pushinteger(l, errno.code().into());
                2
            }
        };
        ffi::lua_concat(l, 2 + pieces);
        (*env::of(l)).raised = Some(Raised { errno });
        ffi::lua_error(l)
    }
}

/// Raises an ordinary error made of `parts`, prefixed with the place of the caller.
///
/// # Safety
/// As [`fail`].
pub(crate) unsafe fn raise(l: State, parts: &[&str]) -> ! {
    // SAFETY: as the caller promises. A C function may push 20 values beyond its arguments; `parts` has fewer.
    unsafe {
        ffi::luaL_where(l, 1);
        for part in parts {
            push_str(l, part);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "a handful of parts"
        )]
        ffi::lua_concat(l, parts.len() as c_int + 1);
        ffi::lua_error(l)
    }
}

/// Pushes text.
///
/// # Safety
/// Raises; as [`fail`].
pub(crate) unsafe fn push_str(l: State, text: &str) {
    // SAFETY: Lua copies the bytes.
    unsafe {
        ffi::lua_pushlstring(l, text.as_ptr().cast(), text.len());
    }
}

/// Pushes bytes as a string.
///
/// # Safety
/// Raises; as [`fail`]. The slice must be valid and must not be moved by an allocation.
pub(crate) unsafe fn push_slice(l: State, slice: Slice) {
    // SAFETY: Lua copies the bytes before anything can move them.
    unsafe {
        lua_sys::charge(l, slice.len / COPY_COST);
        ffi::lua_pushlstring(l, slice.at.cast(), slice.len);
    }
}

/// A string argument.
///
/// # Safety
/// Raises; as [`fail`].
pub(crate) unsafe fn check_string(l: State, arg: c_int) -> Slice {
    let mut len = 0;
    // SAFETY: the string stays at `arg` and thereby alive until the C function returns.
    unsafe {
        let at = ffi::luaL_checklstring(l, arg, &mut len);
        Slice { at: at.cast(), len }
    }
}

/// An integer argument that must not be negative: offset, length, count. A negative one is `EINVAL`, as the OSD
/// answers.
///
/// # Safety
/// Raises; as [`fail`].
pub(crate) unsafe fn check_unsigned(l: State, name: &'static str, arg: c_int) -> u64 {
    // SAFETY: as the caller promises.
    unsafe {
        match u64::try_from(ffi::luaL_checkinteger(l, arg)) {
            Ok(value) => value,
            Err(_) => fail(l, name, Errno::EINVAL),
        }
    }
}

/// Pushes a count or size; values beyond Lua's integers saturate.
///
/// # Safety
/// The stack must have room.
pub(crate) unsafe fn push_unsigned(l: State, value: u64) {
    // SAFETY: pushes an integer, which never raises.
    unsafe { ffi::lua_pushinteger(l, i64::try_from(value).unwrap_or(i64::MAX)) }
}

/// Sets `table[name] = function` for the table on top.
///
/// # Safety
/// Raises; as [`fail`].
pub(crate) unsafe fn set_functions(l: State, functions: &[(&CStr, ffi::lua_CFunction)]) {
    // SAFETY: a light C function allocates nothing; `lua_setfield` may raise.
    unsafe {
        for &(name, function) in functions {
            ffi::lua_pushcfunction(l, function);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
    }
}
