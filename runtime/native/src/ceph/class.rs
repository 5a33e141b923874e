//! An open class of Ceph's.

use std::{ffi::c_void, fmt, ptr::NonNull};

use ceph_classes::Caller;
use class_abi as abi;
use objclass::{
    CallError, Class, ClassError, ClassName, Context, Errno, Method, MethodFlags, Reply,
};

use super::{
    HostLibrary,
    registry::{Registered, SERVICES},
};
use crate::{
    boundary,
    call::{self, CurrentCall},
    outcome,
};

/// Stack a method needs: what Ceph's own code takes between the method and the deepest host function.
const CEPH_STACK: usize = 256 << 10;

/// One method's code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    /// [`ceph_classes::C`] or [`ceph_classes::CXX`].
    pub(super) kind: u32,
    pub(super) function: NonNull<c_void>,
}

// SAFETY: the address of a function. A class is called from many threads, in an OSD as here.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

pub(super) struct CephClass {
    host: &'static HostLibrary,
    registered: Registered,
    table: &'static abi::Host,
}

impl CephClass {
    pub(super) fn new(
        host: &'static HostLibrary,
        registered: Registered,
        table: &'static abi::Host,
    ) -> Self {
        Self {
            host,
            registered,
            table,
        }
    }
}

impl fmt::Debug for CephClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CephClass")
            .field("release", &self.host.release)
            .field("methods", &self.registered.methods.len())
            .finish_non_exhaustive()
    }
}

impl Class for CephClass {
    fn methods(&self) -> &[Method] {
        &self.registered.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &self.registered.dependencies
    }

    fn abi(&self) -> Option<&str> {
        Some(&self.host.abi)
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let Function { kind, function } = self.registered.functions[method];
        // Lengths are `int` in this interface.
        if i32::try_from(input.len()).is_err() {
            return Err(Errno::E2BIG.into());
        }
        context.budget().check_stack("native", CEPH_STACK)?;
        // A class in an OSD reads the object as it was, and was written for that.
        if context.hide_writes().is_err() {
            return Err(context.end());
        }
        let mut current = CurrentCall::new(self.table, context);
        let handle = (&raw mut current).cast();
        let input = abi::Bytes {
            data: input.as_ptr(),
            size: input.len(),
        };
        // SAFETY: a function the class registered as of this kind, in a library that is never closed. `handle` points at
        // a live `CurrentCall` that nothing else refers to until the call returns. Nothing unwinds: the host library
        // catches what a class throws.
        let answer = unsafe {
            (self.host.library.call)(&raw const SERVICES, handle, kind, function.as_ptr(), input)
        };
        current.context.show_writes();
        // An OSD looks at what a method did when it has returned, and discards the operation when its flags say otherwise.
        if let Some(function) = current.denied {
            let mut error = ClassError::from(Errno::EIO);
            let words = outcome::denied(function);
            // The name is that of our header, which the author of this class does not have.
            let words = words.strip_prefix("objclass_").unwrap_or(&words);
            error.message = Some(words.to_owned());
            return Err(error.into());
        }
        outcome::reply(Ok(answer), current)
    }
}

/// A function that needs no flag.
const fn free(name: &'static str) -> call::Function {
    call::Function {
        name,
        needs: MethodFlags::empty(),
    }
}

/// `cls_current_subop_num`.
pub(super) unsafe extern "C" fn position(call: *mut abi::Call) -> i32 {
    // SAFETY: the handle of a running call, by the host library's promise.
    unsafe {
        boundary::serve(call, free("cls_current_subop_num"), |running| {
            Ok(running.context.position())
        })
    }
}

/// `cls_get_request_origin`.
pub(super) unsafe extern "C" fn caller(call: *mut abi::Call, out: *mut Caller) -> i32 {
    // SAFETY: the handle of a running call, and a result that is writable: the host library's promise.
    unsafe {
        boundary::serve(call, free("cls_get_request_origin"), |running| {
            let who = running.context.caller();
            let mut sockaddr = [0; 28];
            let known = who.sockaddr();
            sockaddr[..known.len()].copy_from_slice(known);
            boundary::deliver(
                out,
                Caller {
                    kind: who.kind,
                    number: who.number,
                    address: who.address,
                    nonce: who.nonce,
                    sockaddr,
                },
            )
        })
    }
}
