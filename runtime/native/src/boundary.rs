//! Where C meets Rust: what a class passed is looked at, and none of our panics gets out.

use std::{
    mem::size_of,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use class_abi as abi;
use objclass::{CallRefused, Errno, Fault};

use crate::call::{CurrentCall, Function};

/// What a host function answers for a call that is over.
const ENDED: Errno = Errno::ECANCELED;

/// Runs `body` so that none of our panics unwinds into class code.
pub(crate) fn guarded<T>(body: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(body)).ok()
}

/// Runs one host function for a call and turns its outcome into the number the class gets.
///
/// # Safety
/// `call` is a handle of a running call, as [`CurrentCall::of`] asks.
pub(crate) unsafe fn serve(
    call: *mut abi::Call,
    function: Function,
    body: impl FnOnce(&mut CurrentCall<'_, '_>) -> Result<i32, CallRefused>,
) -> i32 {
    if call.is_null() {
        return Errno::EFAULT.to_return();
    }
    // SAFETY: the caller's promise.
    let outcome = guarded(|| body(unsafe { CurrentCall::of(call) }));
    match outcome {
        Some(Ok(ret)) => ret,
        Some(Err(CallRefused::Errno(errno))) => {
            // SAFETY: the caller's promise; `body` and its reference are gone.
            let running = unsafe { CurrentCall::of(call) };
            running.failed = Some((function, errno));
            if errno == Errno::EPERM && !function.needs.is_empty() {
                running.denied.get_or_insert(function);
            }
            errno.to_return()
        }
        Some(Err(CallRefused::Ended)) => ENDED.to_return(),
        None => {
            // SAFETY: as above.
            let budget = unsafe { CurrentCall::of(call) }.context.budget();
            budget.fail(Fault::new(format!(
                "the host panicked in {}",
                function.name
            )));
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
pub(crate) unsafe fn array<'x, T>(first: *const T, count: usize) -> Result<&'x [T], Errno> {
    if count == 0 {
        return Ok(&[]);
    }
    // A size beyond half the address space is a negative number the class computed.
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
pub(crate) unsafe fn deliver<T>(out: *mut T, value: T) -> Result<i32, CallRefused> {
    if out.is_null() {
        return Err(Errno::EFAULT.into());
    }
    // SAFETY: the caller's promise.
    unsafe { out.write(value) };
    Ok(0)
}
