//! An open native class.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::Bytes;
use class_abi::{self as abi, Call, Run};
use objclass::{CallError, Class, ClassError, ClassName, Context, Errno, Method, Reply, Trap};

use crate::{Identity, call::Running, host, registry::Registered};

pub(crate) struct NativeClass {
    identity: Identity,
    registered: Registered,
    table: &'static abi::Host,
}

impl NativeClass {
    pub(crate) fn new(
        identity: Identity,
        registered: Registered,
        table: &'static abi::Host,
    ) -> Self {
        Self {
            identity,
            registered,
            table,
        }
    }
}

impl fmt::Debug for NativeClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeClass")
            .field("class", &self.identity.class)
            .field("version", &self.identity.version)
            .finish_non_exhaustive()
    }
}

impl Class for NativeClass {
    fn methods(&self) -> &[Method] {
        &self.registered.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &self.identity.dependencies
    }

    fn version(&self) -> Option<&str> {
        Some(&self.identity.version)
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let run = self.registered.functions[method];
        let mut running = Running::new(self.table, context);
        let answer = invoke(run, (&raw mut running).cast(), input);
        let Running {
            context,
            output,
            message,
            failed,
            panic,
            ..
        } = running;
        if context.budget().ended() {
            return Err(context.end());
        }
        let ret = match (answer, panic) {
            (Ok(ret), None) => ret,
            (_, Some(trap)) => return Err(trap.into()),
            (Err(payload), None) => return Err(Trap::panicked(payload.as_ref()).into()),
        };
        match Errno::from_return(ret) {
            None => Ok(Reply {
                ret,
                output: Bytes::from(output),
            }),
            Some(errno) => Err(ClassError {
                errno,
                message: message.or_else(|| described(failed, errno)),
                location: None,
            }
            .into()),
        }
    }
}

/// Calls the method. A Rust panic that left it in spite of the contract comes back as an error; with the SDK none does.
fn invoke(run: Run, handle: *mut Call, input: &[u8]) -> Result<i32, Box<dyn Any + Send>> {
    let input = abi::Bytes {
        data: input.as_ptr(),
        size: input.len(),
    };
    // SAFETY: `run` is a function the class registered for this ABI, its library is never closed, and `handle` points
    // at a live `Running` that nothing else refers to until the call returns. `AssertUnwindSafe`: after a panic the
    // transaction is discarded.
    catch_unwind(AssertUnwindSafe(|| unsafe { run(handle, input) }))
}

/// Words for an error number the class passed on from a host function without a word of its own.
fn described(failed: Option<(&'static str, Errno)>, errno: Errno) -> Option<String> {
    let (function, _) = failed.filter(|(_, theirs)| *theirs == errno)?;
    Some(match (errno, host::needs(function)) {
        (Errno::EPERM, Some(flag)) => format!("{function} needs a method flagged {flag}"),
        _ => format!("{function}: {}", errno.description()),
    })
}
