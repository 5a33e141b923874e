//! An open native class.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use class_abi::{self as abi, Call, Run};
use objclass::{CallError, Class, ClassName, Context, Method, Reply};

use crate::{Identity, call::CurrentCall, open::Registered, outcome};

/// Stack a method needs: some for itself, the rest for the deepest host function.
const NATIVE_STACK: usize = 192 << 10;

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

    fn abi(&self) -> Option<&str> {
        Some("Radula")
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let run = self.registered.functions[method];
        // Native code has no allowance of its own to be held to. It is not entered where our own functions would not fit.
        context.budget().check_stack("native", NATIVE_STACK)?;
        let mut current = CurrentCall::new(self.table, context);
        let answer = invoke(run, (&raw mut current).cast(), input);
        outcome::reply(answer, current)
    }
}

/// Calls the method. A Rust panic that left it in spite of the contract comes back as an error; with the SDK none does.
fn invoke(run: Run, handle: *mut Call, input: &[u8]) -> Result<i32, Box<dyn Any + Send>> {
    let input = abi::Bytes {
        data: input.as_ptr(),
        size: input.len(),
    };
    // SAFETY: `run` is a function the class registered for this ABI, its library is never closed, and `handle` points
    // at a live `CurrentCall` that nothing else refers to until the call returns. `AssertUnwindSafe`: after a panic the
    // transaction is discarded.
    catch_unwind(AssertUnwindSafe(|| unsafe { run(handle, input) }))
}
