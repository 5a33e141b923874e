//! The host table: what a class can ask for.
//!
//! Every function here is called by class code with a handle and plain C values, checks what it can of them, and goes
//! through [`Context`](objclass::Context), where flags and limits are enforced. None lets a panic out.

mod object;
mod services;

use std::{
    mem::size_of,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use class_abi as abi;
use objclass::{CallRefused, Errno, Fault};

use crate::{call::Running, registry};

/// What a host function answers for a call that is over.
const ENDED: Errno = Errno::ECANCELED;

/// The table every call carries.
pub(crate) static TABLE: abi::Host = abi::Host {
    size: size_of::<abi::Host>(),
    register_method: registry::register_method,
    refuse: registry::refuse_init,
    stat: object::stat,
    read: object::read,
    getxattr: object::getxattr,
    getxattrs: object::getxattrs,
    omap_get_keys: object::omap_get_keys,
    omap_get_vals: object::omap_get_vals,
    omap_get_val: object::omap_get_val,
    omap_get_vals_by_keys: object::omap_get_vals_by_keys,
    omap_get_header: object::omap_get_header,
    create: object::create,
    remove: object::remove,
    write: object::write,
    write_full: object::write_full,
    replace: object::replace,
    truncate: object::truncate,
    zero: object::zero,
    setxattr: object::setxattr,
    omap_set_vals: object::omap_set_vals,
    omap_remove_keys: object::omap_remove_keys,
    omap_remove_range: object::omap_remove_range,
    omap_clear: object::omap_clear,
    omap_set_header: object::omap_set_header,
    info: services::info,
    call: services::call,
    output: services::output,
    log: services::log,
    random: services::random,
    fail: services::fail,
    panic: services::panic,
    release: services::release,
    interrupted: services::interrupted,
};

/// Runs `body` so that no panic of ours unwinds into class code.
pub(crate) fn guarded<T>(body: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(body)).ok()
}

/// Runs one host function for a call and turns its outcome into the number the class gets.
///
/// # Safety
/// `call` is a handle of a running call, as [`Running::of`] asks.
unsafe fn serve(
    call: *mut abi::Call,
    function: &'static str,
    body: impl FnOnce(&mut Running<'_, '_>) -> Result<i32, CallRefused>,
) -> i32 {
    if call.is_null() {
        return Errno::EFAULT.to_return();
    }
    // SAFETY: the caller's promise.
    let outcome = guarded(|| body(unsafe { Running::of(call) }));
    match outcome {
        Some(Ok(ret)) => ret,
        Some(Err(CallRefused::Errno(errno))) => {
            // SAFETY: the caller's promise; `body` and its reference are gone.
            unsafe { Running::of(call) }.failed = Some((function, errno));
            errno.to_return()
        }
        Some(Err(CallRefused::Ended)) => ENDED.to_return(),
        None => {
            // SAFETY: as above.
            let budget = unsafe { Running::of(call) }.context.budget();
            budget.fail(Fault::new(format!("the host panicked in {function}")));
            ENDED.to_return()
        }
    }
}

/// What a class passed, as a slice.
///
/// # Safety
/// `bytes` is readable for `'x`, unless null.
pub(crate) unsafe fn slice<'x>(bytes: abi::Bytes) -> Result<&'x [u8], Errno> {
    // SAFETY: the caller's promise.
    unsafe { array(bytes.data, bytes.size) }
}

/// A C array as a slice.
///
/// # Safety
/// `first` is null or points at `count` values readable for `'x`.
unsafe fn array<'x, T>(first: *const T, count: usize) -> Result<&'x [T], Errno> {
    if count == 0 {
        return Ok(&[]);
    }
    // A size behind half the address space is a negative number the class computed.
    if first.is_null()
        || count
            .checked_mul(size_of::<T>())
            .is_none_or(|n| n > isize::MAX as usize)
    {
        return Err(Errno::EFAULT);
    }
    // SAFETY: not null, not too long, and the caller's promise.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

/// Stores a result where the class asked for it.
///
/// # Safety
/// `out` is null or writable.
unsafe fn deliver<T>(out: *mut T, value: T) -> Result<i32, CallRefused> {
    if out.is_null() {
        return Err(Errno::EFAULT.into());
    }
    // SAFETY: the caller's promise.
    unsafe { out.write(value) };
    Ok(0)
}

/// The flag a host function needs, for messages.
pub(crate) fn needs(function: &str) -> Option<&'static str> {
    match function {
        "objclass_read" | "objclass_getxattr" | "objclass_getxattrs" => Some("RD"),
        _ if function.starts_with("objclass_omap_get") => Some("RD"),
        "objclass_stat" | "objclass_call_method" => None,
        _ => Some("WR"),
    }
}
