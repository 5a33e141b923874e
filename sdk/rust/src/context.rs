//! What a method can do.

mod object;
mod services;

use std::{fmt, marker::PhantomData, ptr};

use class_abi as abi;

use crate::{Errno, Result};

pub use services::Info;
pub(crate) use services::{refuse, register};

/// What a method can do: read and change its object, log, call other methods. Only on the thread it came to.
///
/// Slices it hands out stay valid, and unchanged, until the method returns, whatever is written in between.
///
/// Every function answers the errors named with it, `EPERM` when the method's flags do not allow it, and `ECANCELED`
/// when the call is over because a limit was reached: pass that on with `?`. `EOPNOTSUPP` from any of them means that
/// the engine is older than this crate.
pub struct Context<'call> {
    call: *mut abi::Call,
    /// A context is good for one call, neither longer nor shorter.
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
    /// # Safety
    /// `call` is the handle of the running call, and `'call` ends before it does.
    pub(crate) unsafe fn new(call: *mut abi::Call) -> Self {
        Self {
            call,
            _call: PhantomData,
        }
    }

    /// One function of the host table; `None` when this host's table ends before it.
    fn host<F: Copy>(&self, offset: usize, field: fn(*const abi::Host) -> *const F) -> Option<F> {
        // SAFETY: the handle is valid while `self` is, and points at a table that begins with its size.
        let host = unsafe { (*self.call).host };
        // SAFETY: as above.
        let size = unsafe { (&raw const (*host).size).read() };
        // SAFETY: the table is long enough to have the field.
        (offset + size_of::<F>() <= size).then(|| unsafe { field(host).read() })
    }
}

/// Asks the host: `ask!(self.field(arguments))`, the call handle being the first argument unsaid.
macro_rules! ask {
    ($self:ident.$field:ident($($argument:expr),* $(,)?)) => {{
        let function = $self.host(
            std::mem::offset_of!(class_abi::Host, $field),
            // SAFETY: computes the address of a field without reading; `host` is within or before the table's end.
            |host| unsafe { &raw const (*host).$field },
        );
        match function {
            // SAFETY: the handle belongs to this thread and this call; slices outlive the call of the function, and
            // results are written to locals of the right type.
            Some(function) => $crate::context::checked(unsafe { function($self.call, $($argument),*) }),
            None => Err($crate::Errno::EOPNOTSUPP.because(concat!(
                "this engine is older than the class: it has no ", stringify!($field)
            ))),
        }
    }};
}
use ask;

/// A host function's answer.
fn checked(ret: i32) -> Result<i32> {
    if ret < 0 {
        Err(Errno::from_return(ret).into())
    } else {
        Ok(ret)
    }
}

/// A slice for the host to look at.
fn span(bytes: &[u8]) -> abi::Bytes {
    abi::Bytes {
        data: bytes.as_ptr(),
        size: bytes.len(),
    }
}

/// Room for bytes the host delivers.
const EMPTY: abi::Bytes = abi::Bytes {
    data: ptr::null(),
    size: 0,
};
