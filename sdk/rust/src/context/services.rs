//! What is not the object.

use std::{fmt, ptr};

use class_abi as abi;

use super::{Context, EMPTY, ask, span};
use crate::{Errno, Reply, Result, page::bytes};

/// About the running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info<'call> {
    /// Pool of the object.
    pub pool: &'call str,
    /// Its namespace; `""` is the default one.
    pub namespace: &'call str,
    /// Its name.
    pub oid: &'call str,
    /// Who asked, as text.
    pub origin: &'call str,
    /// Version of the object before this transaction; 0 when it does not exist.
    pub version: u64,
    /// Position of this call in its compound operation, from 0.
    pub subop: u32,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "errors are said in the first lines; those of every function stand at Context"
)]
impl<'call> Context<'call> {
    /// About this call.
    pub fn info(&self) -> Result<Info<'call>> {
        let mut info = abi::Info {
            size: size_of::<abi::Info>(),
            pool: EMPTY,
            name_space: EMPTY,
            oid: EMPTY,
            origin: EMPTY,
            version: 0,
            subop: 0,
            access: 0,
        };
        ask!(self.info(&raw mut info))?;
        let text = |text: abi::Bytes| {
            // SAFETY: the host delivered it for this call.
            str::from_utf8(unsafe { bytes(text) }).map_err(|_| {
                Errno::EIO.because("the engine's description of the call is not UTF-8")
            })
        };
        Ok(Info {
            pool: text(info.pool)?,
            namespace: text(info.name_space)?,
            oid: text(info.oid)?,
            origin: text(info.origin)?,
            version: info.version,
            subop: info.subop,
        })
    }

    /// Calls another method on the same object, in this transaction. When it fails its writes are undone, and the
    /// method that called goes on as it likes. `EOPNOTSUPP` when there is no such class or method, `EPERM` when it needs
    /// a flag this method lacks.
    pub fn call(&mut self, class: &str, method: &str, input: &[u8]) -> Result<Reply<&'call [u8]>> {
        let mut ret = 0;
        let output = self.delivered(|out| {
            ret = ask!(self.call(
                span(class.as_bytes()),
                span(method.as_bytes()),
                span(input),
                out
            ))?;
            Ok(ret)
        })?;
        Ok(Reply { ret, output })
    }

    /// Appends to what the client gets; discarded when the method fails.
    pub fn output(&mut self, data: &[u8]) -> Result {
        ask!(self.output(span(data))).map(drop)
    }

    /// Logs one line, at Ceph's level: 0 error, 20 chatter.
    pub fn log(&self, level: i32, text: impl fmt::Display) -> Result {
        ask!(self.log(level, span(text.to_string().as_bytes()))).map(drop)
    }

    /// Fills `buffer` with unpredictable bytes.
    pub fn random(&self, buffer: &mut [u8]) -> Result {
        ask!(self.random(buffer.as_mut_ptr().cast(), buffer.len())).map(drop)
    }

    /// `Err` once the deadline has passed or the call is over for another reason. Ask now and then in long loops:
    /// nothing else can stop native code.
    pub fn interrupted(&self) -> Result {
        ask!(self.interrupted()).map(drop)
    }

    /// Leaves words for the error about to be answered.
    pub(crate) fn fail(&self, message: &str) {
        // An engine without the function, or one whose call is over, has no use for the words.
        let _ = ask!(self.fail(span(message.as_bytes())));
    }

    /// Ends the call as a panic at `file:line`.
    pub(crate) fn panic(&self, message: &str, file: &str, line: u32) {
        // Whatever the host makes of it, the method is about to answer an error.
        let _ = ask!(self.panic(span(message.as_bytes()), span(file.as_bytes()), line));
    }
}

/// Leaves words for the error `objclass_init` is about to answer.
///
/// # Safety
/// `registry` is the handle `objclass_init` got, and it is running.
pub(crate) unsafe fn refuse(registry: *mut abi::Registry, message: &str) {
    // SAFETY: the caller's promise; every host of this ABI has this function.
    unsafe {
        let refuse = (&raw const (*(*registry).host).refuse).read();
        refuse(registry, span(message.as_bytes()));
    }
}

/// Registers one method. `doc` is terminated, or empty for none.
///
/// # Safety
/// As [`refuse`]; `name` is terminated.
pub(crate) unsafe fn register(
    registry: *mut abi::Registry,
    name: &std::ffi::CStr,
    flags: u32,
    run: abi::Run,
    doc: Option<&std::ffi::CStr>,
) -> Result {
    let method = abi::Method {
        size: size_of::<abi::Method>(),
        name: name.as_ptr(),
        flags,
        unused: 0,
        run: Some(run),
        doc: doc.map_or(ptr::null(), std::ffi::CStr::as_ptr),
    };
    // SAFETY: the caller's promise; every host of this ABI has this function.
    let ret = unsafe {
        let register = (&raw const (*(*registry).host).register_method).read();
        register(registry, &raw const method)
    };
    super::checked(ret).map(drop)
}
