//! How calls fail: the class answered with an errno ([`ClassError`]), the call was ended ([`Trap`]), or the host failed
//! ([`Fault`]). And how a module fails to open: [`OpenError`].

use std::{any::Any, error::Error, fmt, sync::Arc};

use crate::{
    ClassName, Errno, FailureKind, InvalidName, LimitKind, MethodName,
    text::{self, escaped},
};

/// A place in guest code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestLocation {
    /// File name of the module, or `script` for code that came with the request.
    pub file: String,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
}

impl fmt::Display for GuestLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str(&self.file)
        } else {
            write!(f, "{}:{}", self.file, self.line)
        }
    }
}

/// The method answered with an error number: a result like any other, except that nothing is applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", location_prefix(.location), message_or_errno(.message, *.errno))]
pub struct ClassError {
    /// The number.
    pub errno: Errno,
    /// What the class or the failing host call said, escaped and at most 1 KiB.
    pub message: Option<String>,
    /// Where it was raised, when the backend knows.
    pub location: Option<GuestLocation>,
}

impl From<Errno> for ClassError {
    fn from(errno: Errno) -> Self {
        Self {
            errno,
            message: None,
            location: None,
        }
    }
}

impl ClassError {
    /// What the return value of a method stands for when it is an error: `-2` is `ENOENT`. `None` unless `ret < 0`.
    ///
    /// The least integer has no positive counterpart, so it is no error number: it is `EIO`, as every integer is that does
    /// not fit.
    #[must_use]
    pub fn of_return(ret: i32) -> Option<Self> {
        let errno = Errno::from_return(ret)?;
        Some(if ret == i32::MIN {
            Self {
                errno: Errno::EIO,
                message: Some(format!(
                    "the method returned {ret}; a negative return value is an error number, and that does not fit in 31 bits"
                )),
                location: None,
            }
        } else {
            errno.into()
        })
    }
}

fn location_prefix(location: &Option<GuestLocation>) -> String {
    location
        .as_ref()
        .map(|place| format!("{place}: "))
        .unwrap_or_default()
}

fn message_or_errno(message: &Option<String>, errno: Errno) -> String {
    message
        .clone()
        .unwrap_or_else(|| errno.description().to_owned())
}

/// A ceiling was reached. After it no guest instruction of the call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} limit reached ({limit}{})", unit(*.kind))]
pub struct LimitHit {
    /// Which one.
    pub kind: LimitKind,
    /// Its value, in its unit.
    pub limit: u64,
}

fn unit(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Fuel => " instructions",
        LimitKind::Deadline => " ms",
        LimitKind::OmapKeys => " keys",
        LimitKind::NestedCalls => " calls",
        _ => " bytes",
    }
}

/// Why a call was ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrapKind {
    /// A ceiling was reached.
    Limit(LimitHit),
    /// The guest raised an error nobody caught, or broke a rule of its language or of the sandbox.
    GuestError,
    /// A trusted class panicked.
    Panic,
}

/// The call was ended before it could answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", location_prefix(.location))]
pub struct Trap {
    /// Why.
    pub kind: TrapKind,
    /// What happened, escaped and at most 1 KiB.
    pub message: String,
    /// Where in the guest, when the backend knows.
    pub location: Option<GuestLocation>,
}

impl From<LimitHit> for Trap {
    fn from(hit: LimitHit) -> Self {
        Self {
            kind: TrapKind::Limit(hit),
            message: hit.to_string(),
            location: None,
        }
    }
}

impl Trap {
    /// Trusted code panicked with `payload`, as `catch_unwind` hands it over.
    #[must_use]
    pub fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Self::panicked_with(text.as_bytes(), None)
    }

    /// Trusted code panicked and said `text`, which is the class's own, at `location`.
    #[must_use]
    pub fn panicked_with(text: &[u8], location: Option<GuestLocation>) -> Self {
        Self {
            kind: TrapKind::Panic,
            message: format!("panicked: {}", escaped(text, text::MAX_MESSAGE)),
            location,
        }
    }
}

/// The host failed: a read error, a corrupt extent, an engine bug. Never the guest's doing.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What failed.
    pub message: String,
    /// Why, when something else said so.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault without a deeper cause.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// A fault caused by `source`, which the text does not repeat.
    #[must_use]
    pub fn with_source(
        message: impl Into<String>,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            message: message.into(),
            source: Some(Arc::new(source)),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    /// The cause itself, not the `Arc` it is shared by: a host looks for its own errors in it.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// How an operation on an object fails, on the host's side of the contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// An answer for the guest: `ENOENT`, `EEXIST`, a quota.
    #[error("{0}")]
    Errno(Errno),
    /// The host failed; the call ends.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The call is over: [`Work`](crate::Work) said so to whoever did its work.
    #[error("the call is over")]
    Ended,
}

impl From<Errno> for ObjectError {
    fn from(errno: Errno) -> Self {
        ObjectError::Errno(errno)
    }
}

/// How an operation on an object fails, on the guest's side of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// An answer for the guest, which may handle it and go on.
    #[error("{0}")]
    Errno(Errno),
    /// The call is over: a limit was reached or the host failed. The backend returns without running another
    /// guest instruction; [`Budget::ended`](crate::Budget::ended) has the reason.
    #[error("the call is over")]
    Ended,
}

impl From<Errno> for CallRefused {
    fn from(errno: Errno) -> Self {
        CallRefused::Errno(errno)
    }
}

/// How a call fails.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The method answered with an error number.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// The call was ended.
    #[error(transparent)]
    Trap(#[from] Trap),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] Fault),
}

impl CallError {
    /// The error number a client sees.
    ///
    /// | how the call ended | errno |
    /// |---|---|
    /// | the class answered with a number | that number |
    /// | fuel, deadline | `ETIMEDOUT` |
    /// | memory | `ENOMEM` |
    /// | input, output, log, object bytes, omap keys | `E2BIG` |
    /// | nested calls | `ELOOP` |
    /// | guest error, panic | `EIO` |
    /// | host fault | `EIO` |
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            CallError::Class(error) => error.errno,
            CallError::Trap(trap) => match &trap.kind {
                TrapKind::Limit(hit) => match hit.kind {
                    LimitKind::Fuel | LimitKind::Deadline => Errno::ETIMEDOUT,
                    LimitKind::Memory => Errno::ENOMEM,
                    LimitKind::NestedCalls => Errno::ELOOP,
                    LimitKind::Input
                    | LimitKind::Output
                    | LimitKind::Log
                    | LimitKind::ObjectRead
                    | LimitKind::ObjectWritten
                    | LimitKind::OmapKeys => Errno::E2BIG,
                },
                TrapKind::GuestError | TrapKind::Panic => Errno::EIO,
            },
            CallError::Host(_) => Errno::EIO,
        }
    }

    /// What kind of failure it is: class, limit, guest error, panic or host.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            CallError::Class(_) => FailureKind::Class,
            CallError::Trap(trap) => match trap.kind {
                TrapKind::Limit(_) => FailureKind::Limit,
                TrapKind::GuestError => FailureKind::GuestError,
                TrapKind::Panic => FailureKind::Panic,
            },
            CallError::Host(_) => FailureKind::Host,
        }
    }

    /// Where in the guest, when the backend knows.
    #[must_use]
    pub fn location(&self) -> Option<&GuestLocation> {
        match self {
            CallError::Class(error) => error.location.as_ref(),
            CallError::Trap(trap) => trap.location.as_ref(),
            CallError::Host(_) => None,
        }
    }
}

impl From<Errno> for CallError {
    fn from(errno: Errno) -> Self {
        CallError::Class(errno.into())
    }
}

/// Why a module did not become a class.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The module is not what its language asks for: syntax, magic number, missing export.
    #[error("{}{message}", location_prefix(.location))]
    Malformed {
        /// What is wrong.
        message: String,
        /// Where, when known.
        location: Option<GuestLocation>,
    },
    /// Guest code that runs while opening was ended.
    #[error("while loading: {0}")]
    Trap(Trap),
    /// The module registers one method twice.
    #[error("method {method} is registered twice")]
    DuplicateMethod {
        /// The method.
        method: MethodName,
    },
    /// A name the module chose is not acceptable.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The module says it is another class.
    #[error("the module is class {declared}, not {expected}")]
    WrongClass {
        /// What the module says.
        declared: ClassName,
        /// What its file name says.
        expected: ClassName,
    },
    /// The backend refused the module for a reason of its own, which can be reached by downcasting.
    #[error(transparent)]
    Backend(Box<dyn Error + Send + Sync>),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] Fault),
}

impl From<CallError> for OpenError {
    /// Code of the module ran while it was opened, and failed.
    fn from(error: CallError) -> Self {
        match error {
            CallError::Trap(trap) => OpenError::Trap(trap),
            CallError::Host(fault) => OpenError::Host(fault),
            CallError::Class(error) => OpenError::Trap(Trap {
                kind: TrapKind::GuestError,
                message: message_or_errno(&error.message, error.errno),
                location: error.location,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_said_is_told_in_one_bounded_line() {
        let told = |payload: Box<dyn Any + Send>| Trap::panicked(payload.as_ref()).message;
        assert_eq!(told(Box::new("a\nb")), "panicked: a\\nb");
        assert_eq!(told(Box::new("owned".to_owned())), "panicked: owned");
        assert_eq!(told(Box::new(7)), "panicked: no message");
        let long = told(Box::new("\u{202e}".repeat(1000)));
        assert!(long.len() <= "panicked: ".len() + text::MAX_MESSAGE);
    }

    #[test]
    fn the_least_integer_is_no_error_number() {
        assert_eq!(ClassError::of_return(0), None);
        assert_eq!(ClassError::of_return(-2).unwrap().errno, Errno::ENOENT);
        assert_eq!(
            ClassError::of_return(-i32::MAX).unwrap().errno.code(),
            i32::MAX
        );
        let least = ClassError::of_return(i32::MIN).unwrap();
        assert_eq!(least.errno, Errno::EIO);
        assert!(least.to_string().contains("-2147483648"));
    }

    #[test]
    fn a_module_that_answers_an_error_number_while_it_is_opened_does_not_open() {
        let error = OpenError::from(CallError::from(Errno::ENOENT));
        assert_eq!(
            error.to_string(),
            format!("while loading: {}", Errno::ENOENT.description())
        );
    }
}
