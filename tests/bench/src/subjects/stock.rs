//! Whole scripts in stock Lua (with and without a count hook, the usual way to limit one) and in ours, straight on the
//! interpreter: what limits cost a script that computes.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    hash::{BuildHasher as _, RandomState},
    ptr,
    time::{Duration, Instant},
};

use lua_sys::{Meter, ffi, new_state};

use crate::model::Failure;

/// The unedited Lua of the feature `stock`.
mod unedited {
    use super::{c_char, c_int, c_void, ffi};

    unsafe extern "C-unwind" {
        pub(super) fn stock_luaL_newstate() -> *mut ffi::lua_State;
        pub(super) fn stock_luaL_openlibs(state: *mut ffi::lua_State);
        pub(super) fn stock_luaL_loadstring(
            state: *mut ffi::lua_State,
            text: *const c_char,
        ) -> c_int;
        pub(super) fn stock_lua_pcallk(
            state: *mut ffi::lua_State,
            arguments: c_int,
            results: c_int,
            handler: c_int,
            context: isize,
            continuation: *mut c_void,
        ) -> c_int;
        pub(super) fn stock_lua_sethook(
            state: *mut ffi::lua_State,
            hook: Option<unsafe extern "C-unwind" fn(*mut ffi::lua_State, *mut c_void)>,
            mask: c_int,
            count: c_int,
        );
        pub(super) fn stock_lua_close(state: *mut ffi::lua_State);
    }
}

/// Lua as it comes; with a hook every so many instructions when `period` is not zero. Answers seconds.
///
/// # Errors
/// The script fails.
pub fn stock(script: &CStr, period: c_int) -> Result<f64, Failure> {
    unsafe extern "C-unwind" fn hook(_: *mut ffi::lua_State, _: *mut c_void) {}
    // SAFETY: the state is used by this thread only and by the functions of the Lua that made it.
    unsafe {
        let state = unedited::stock_luaL_newstate();
        unedited::stock_luaL_openlibs(state);
        let mut status = unedited::stock_luaL_loadstring(state, script.as_ptr());
        if period > 0 {
            unedited::stock_lua_sethook(state, Some(hook), ffi::LUA_MASKCOUNT, period);
        }
        let started = Instant::now();
        if status == 0 {
            status = unedited::stock_lua_pcallk(state, 0, 0, 0, 0, ptr::null_mut());
        }
        let elapsed = started.elapsed();
        unedited::stock_lua_close(state);
        seconds(status, elapsed)
    }
}

/// Ours; `limited` looks at the clock every 50,000 units of fuel. Answers seconds.
///
/// # Errors
/// The script fails.
pub fn metered(script: &CStr, limited: bool) -> Result<f64, Failure> {
    unsafe extern "C-unwind" fn exhausted(_: *mut ffi::lua_State, meter: *mut Meter) {
        // SAFETY: the owner is the deadline on the caller's stack.
        unsafe {
            if Instant::now() < *(*meter).owner().cast::<Instant>() {
                let overdrawn = (*meter).left().min(0).unsigned_abs();
                (*meter).grant(overdrawn + 50_000);
            }
        }
    }
    let mut deadline = Instant::now() + Duration::from_secs(3600);
    let mut meter = Meter::new();
    // Another in every round, as every process has another: the hashes of keys depend on it.
    meter.seed_hashes([
        RandomState::new().hash_one(0_u8),
        RandomState::new().hash_one(1_u8),
    ]);
    // SAFETY: meter and deadline outlive the state.
    unsafe {
        let state = new_state(allocate, ptr::null_mut(), &raw mut meter);
        ffi::luaL_openlibs(state);
        let mut status = ffi::luaL_loadstring(state, script.as_ptr());
        if limited {
            meter.on_exhausted(exhausted, (&raw mut deadline).cast());
            meter.begin(0);
        }
        let started = Instant::now();
        if status == 0 {
            status = ffi::lua_pcall(state, 0, 0, 0);
        }
        let elapsed = started.elapsed();
        ffi::lua_close(state);
        seconds(status, elapsed)
    }
}

fn seconds(status: c_int, elapsed: Duration) -> Result<f64, Failure> {
    if status == 0 {
        Ok(elapsed.as_secs_f64())
    } else {
        Err(format!("the script ends with status {status}").into())
    }
}

unsafe extern "C" fn allocate(
    _: *mut c_void,
    block: *mut c_void,
    _: usize,
    new: usize,
) -> *mut c_void {
    unsafe extern "C" {
        fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
        fn free(block: *mut c_void);
    }
    // SAFETY: the allocator that stock Lua uses too.
    unsafe {
        if new == 0 {
            free(block);
            return ptr::null_mut();
        }
        realloc(block, new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_fails_has_no_figure() {
        assert!(stock(c"error('no')", 0).is_err());
        assert!(metered(c"error('no')", true).is_err());
        assert!(stock(c"return 1", 1000).is_ok() && metered(c"return 1", false).is_ok());
    }
}
