//! Where the host comes in.

use std::ffi::CString;

use class_abi as abi;

use crate::{
    Context, Errno, Result,
    caught::caught,
    context::{refuse, register as register_raw},
    page,
};

/// A handle to register methods with, while `objclass_init` runs.
#[derive(Debug)]
pub struct Registry(*mut abi::Registry);

/// The body of `objclass_init`.
///
/// # Safety
/// `registry` is the handle the host gave to `objclass_init`, which is running.
pub unsafe fn init(registry: *mut abi::Registry, body: impl FnOnce(&Registry) -> Result) -> i32 {
    let outcome = caught(|| body(&Registry(registry)));
    let (errno, message) = match outcome {
        Ok(Ok(())) => return 0,
        Ok(Err(error)) => (error.errno(), error.message().map(str::to_owned)),
        Err(panic) => (
            Errno::EIO,
            Some(format!(
                "{}:{}: panicked: {}",
                panic.file, panic.line, panic.message
            )),
        ),
    };
    if let Some(message) = message {
        // SAFETY: the caller's promise.
        unsafe { refuse(registry, &message) };
    }
    -errno.code()
}

/// Registers a method within [`init`].
pub fn register(registry: &Registry, name: &str, flags: u32, run: abi::Run, doc: &str) -> Result {
    let text = |text: &str| {
        CString::new(text).map_err(|_| Errno::EINVAL.because("a name or line holds a zero byte"))
    };
    let doc = doc.lines().map(str::trim).find(|line| !line.is_empty());
    let doc = doc.map(text).transpose()?;
    // SAFETY: a `Registry` exists only within `init`.
    unsafe { register_raw(registry.0, &text(name)?, flags, run, doc.as_deref()) }
}

/// The body of a method.
///
/// # Safety
/// `call` and `input` are what the host gave to the method, which is running.
pub unsafe fn run<F>(call: *mut abi::Call, input: abi::Bytes, body: F) -> i32
where
    F: for<'call> FnOnce(&mut Context<'call>, &'call [u8]) -> Result<i32>,
{
    // SAFETY: the caller's promise. Whatever lifetime the body sees is one it cannot name, so
    // nothing tied to it leaves.
    let (mut context, input) = unsafe { (Context::new(call), page::bytes(input)) };
    match caught(|| body(&mut context, input)) {
        Ok(Ok(ret)) => ret,
        Ok(Err(error)) => {
            if let Some(message) = error.message() {
                context.fail(message);
            }
            -error.errno().code()
        }
        Err(panic) => {
            context.panic(&panic.message, &panic.file, panic.line);
            -Errno::EIO.code()
        }
    }
}

/// A text as a terminated array.
#[must_use]
pub const fn text<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    assert!(N == bytes.len() + 1, "one byte for the terminator");
    let mut array = [0; N];
    let mut at = 0;
    while at < bytes.len() {
        assert!(bytes[at] != 0, "the text holds a zero byte");
        array[at] = bytes[at];
        at += 1;
    }
    array
}
