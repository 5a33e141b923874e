//! How an operation on an object fails.

mod cluster;
mod open;
mod report;

use std::{error::Error as StdError, fmt};

use loader::ClassUnavailable;
use objclass::{
    CallError, Errno, FailureKind, Fault, GuestLocation, Limits, ObjectId, Usage, escaped,
};
use runtime::{NoMethod, NotFound};
use store::{Busy, CommitError, InvalidObjectId};

pub use cluster::ClusterError;
pub use open::{OpenError, RestoreFailed};
pub use report::{ErrorReport, ObjectReport};

/// Longest piece of a name repeated in an error, in bytes.
const MAX_NAME: usize = 128;

/// Why an operation on an object failed. Nothing of it was applied, with one exception:
/// [`CommitError::Failed`] leaves that open until the store is opened again.
///
/// The text is one line that names class, method, object, errno and the whole cause, so `source()` has nothing
/// to add; [`cause`](Error::cause) gives the parts.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    class: Option<String>,
    method: Option<String>,
    object: Option<ObjectId>,
    step: Option<(usize, &'static str)>,
    spent: Option<(Limits, Usage)>,
    cause: Cause,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// No object can have this id.
    #[error(transparent)]
    InvalidId(#[from] InvalidObjectId),
    /// The class did not open.
    #[error(transparent)]
    Class(#[from] ClassUnavailable),
    /// The class is open and has no such method.
    #[error("class {class} has no method {method}{}", known(.methods))]
    NoMethod {
        /// The class.
        class: String,
        /// The method asked for, cut and escaped.
        method: String,
        /// The methods it has.
        methods: Vec<String>,
    },
    /// A method that does not write, or an operation that only reads, was asked of an object that does not exist.
    #[error("the object does not exist")]
    NoObject,
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A plain read, write or assertion was answered with an errno.
    #[error("{}", .0.description())]
    Refused(Errno),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] Fault),
    /// Too many writers wait for the object, or for too long.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store did not acknowledge the change.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The objects are in a cluster, which refused or failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

fn known(methods: &[String]) -> String {
    if methods.is_empty() || methods.len() > 16 {
        return String::new();
    }
    format!("; it has {}", methods.join(", "))
}

impl Cause {
    fn errno(&self) -> Errno {
        match self {
            Cause::InvalidId(invalid) => invalid.errno(),
            Cause::Class(unavailable) => unavailable.errno(),
            Cause::NoMethod { .. } => Errno::EOPNOTSUPP,
            Cause::NoObject => Errno::ENOENT,
            Cause::Call(error) => error.errno(),
            Cause::Refused(errno) => *errno,
            Cause::Store(_) => Errno::EIO,
            Cause::Busy(busy) => busy.errno(),
            Cause::Commit(error) => error.errno(),
            Cause::Cluster(error) => error.errno(),
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Cause::InvalidId(_) => FailureKind::InvalidObject,
            Cause::Class(unavailable) => unavailable.kind(),
            Cause::NoMethod { .. } => FailureKind::NoMethod,
            Cause::NoObject => FailureKind::NoObject,
            Cause::Call(error) => error.kind(),
            Cause::Refused(_) => FailureKind::Refused,
            Cause::Store(_) => FailureKind::Store,
            Cause::Busy(_) | Cause::Commit(CommitError::Busy(_)) => FailureKind::Busy,
            Cause::Commit(_) => FailureKind::Commit,
            Cause::Cluster(error) => error.kind(),
        }
    }
}

impl Error {
    pub(crate) fn new(cause: impl Into<Cause>) -> Self {
        Self(Box::new(Inner {
            class: None,
            method: None,
            object: None,
            step: None,
            spent: None,
            cause: cause.into(),
        }))
    }

    pub(crate) fn of_object(mut self, object: ObjectId) -> Self {
        self.0.object = Some(object);
        self
    }

    /// Class and method are client text: cut and escaped here.
    pub(crate) fn of_method(mut self, class: &str, method: &str) -> Self {
        self.0.class = Some(escaped(class.as_bytes(), MAX_NAME));
        self.0.method = Some(escaped(method.as_bytes(), MAX_NAME));
        self
    }

    pub(crate) fn of_step(mut self, index: usize, what: &'static str) -> Self {
        self.0.step = Some((index, what));
        self
    }

    /// For an operation of one step, whose index says nothing.
    pub(crate) fn without_step(mut self) -> Self {
        self.0.step = None;
        self
    }

    pub(crate) fn having_spent(mut self, limits: Limits, usage: Usage) -> Self {
        self.0.spent = Some((limits, usage));
        self
    }

    /// The error number, as a Ceph client would see it.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.0.cause.errno()
    }

    /// What kind of failure it is. Its [word](FailureKind::word) is for machines.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.0.cause.kind()
    }

    /// What went wrong, in parts.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The class that was asked for, when one was.
    #[must_use]
    pub fn class(&self) -> Option<&str> {
        self.0.class.as_deref()
    }

    /// The method that was asked for, when one was.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.0.method.as_deref()
    }

    /// The object, when there was one.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectId> {
        self.0.object.as_ref()
    }

    /// The index of the step that failed, in a compound operation.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        self.0.step.map(|(index, _)| index)
    }

    /// The limits of the call and what it used of them, when a method ran.
    #[must_use]
    pub fn spent(&self) -> Option<(&Limits, &Usage)> {
        self.0.spent.as_ref().map(|(limits, usage)| (limits, usage))
    }

    /// Where in the guest's code, when that is known.
    #[must_use]
    pub fn location(&self) -> Option<&GuestLocation> {
        match &self.0.cause {
            Cause::Call(error) => error.location(),
            _ => None,
        }
    }

    /// The cause and all beneath it in one line, without class, method and object.
    #[must_use]
    pub fn message(&self) -> String {
        let mut line = self.0.cause.to_string();
        let mut next = StdError::source(&self.0.cause);
        while let Some(error) = next {
            line.push_str(": ");
            line.push_str(&error.to_string());
            next = error.source();
        }
        // Texts come from the system, other libraries and guests; a line is a line.
        if line.contains(objclass::text::is_unprintable) {
            line = escaped(line.as_bytes(), usize::MAX);
        }
        line
    }
}

impl<T: Into<Cause>> From<T> for Error {
    fn from(cause: T) -> Self {
        Error::new(cause)
    }
}

impl From<NotFound> for Cause {
    fn from(not_found: NotFound) -> Self {
        match not_found {
            NotFound::Class(unavailable) => Cause::Class(unavailable),
            NotFound::Method(NoMethod {
                class,
                method,
                methods,
            }) => Cause::NoMethod {
                class,
                method,
                methods,
            },
        }
    }
}

impl From<objclass::ObjectError> for Cause {
    fn from(error: objclass::ObjectError) -> Self {
        match error {
            objclass::ObjectError::Errno(errno) => Cause::Refused(errno),
            objclass::ObjectError::Fault(fault) => Cause::Store(fault),
            // The enum may grow; what it grows into is not the client's doing.
            other => Cause::Store(Fault::with_source("the object could not be used", other)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some((index, what)) = self.0.step {
            write!(f, "step {index} ({what})")?;
            separator = ", ";
        }
        if let Some(class) = &self.0.class {
            write!(f, "{separator}class {class}")?;
            separator = ", ";
        }
        if let Some(method) = &self.0.method {
            write!(f, "{separator}method {method}")?;
            separator = ", ";
        }
        if let Some(object) = &self.0.object {
            let object = object.to_string();
            write!(f, "{separator}object {}", escaped(object.as_bytes(), 512))?;
            separator = ", ";
        }
        if !separator.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{}: {}", self.errno(), self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Error {}
