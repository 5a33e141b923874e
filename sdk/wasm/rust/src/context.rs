//! What a method can do.

mod object;
mod services;

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use crate::{Errno, Result, object_class::radula::objclass};

pub use services::{Info, LimitsLeft};

/// What a method can do: read and change its object, log, call other methods.
///
/// Slices it hands out stay valid, and unchanged, until the method returns, whatever is written in between.
///
/// Every function answers the errors named with it, and `EPERM` when the method's flags do not allow it. At a limit the
/// call ends there and then.
pub struct Context<'call> {
    output: Vec<u8>,
    /// As in native classes: a context is good for one call, neither longer nor shorter.
    _call: PhantomData<fn(&'call ()) -> &'call ()>,
}

/// Size and time of last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Bytes of data.
    pub size: u64,
    /// Nanoseconds since the Unix epoch.
    pub mtime_ns: u64,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context<'_> {
    pub(crate) fn new() -> Self {
        Self {
            output: Vec::new(),
            _call: PhantomData,
        }
    }

    pub(crate) fn into_output(self) -> Vec<u8> {
        self.output
    }
}

/// A host function's answer.
fn checked<T>(result: core::result::Result<T, objclass::types::Errno>) -> Result<T> {
    result.map_err(|errno| {
        let code = i32::try_from(errno).unwrap_or(i32::MAX);
        Errno::from_return(-code).into()
    })
}
