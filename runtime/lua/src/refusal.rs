//! Why a host function did not do its work, and what a script learns of it.

use objclass::{CallRefused, Errno};

/// A host call that failed and whose error is on its way to the nearest `pcall`.
///
/// INVARIANT: set only immediately before the error is raised. Everything a script can catch errors with is our
/// `pcall`, which takes it, so it always belongs to the error at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raised {
    pub(crate) errno: Errno,
}

/// Why a host function did not do its work.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// An error number for the script.
    Errno(Errno),
    /// The call is over.
    Ended,
    /// There is no object.
    NoObject,
    /// The script broke a rule; the text says which.
    Rule(&'static str),
}

impl From<CallRefused> for Refusal {
    fn from(refused: CallRefused) -> Self {
        match refused {
            CallRefused::Errno(errno) => Refusal::Errno(errno),
            CallRefused::Ended => Refusal::Ended,
        }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Refusal::Errno(errno)
    }
}

/// An answer, or that there is none: no object, no attribute, no key.
pub(crate) fn found<T>(answer: Result<T, CallRefused>) -> Result<Option<T>, Refusal> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallRefused::Errno(Errno::ENOENT | Errno::ENODATA)) => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}
