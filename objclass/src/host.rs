//! What surrounds a call and is not the object.

use std::{fmt, time::SystemTime};

use crate::{CallError, Context, Reply, Timestamp};

/// One line a class logged. The text is already escaped: one line, no control characters, valid UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    /// The class that logged.
    pub class: &'a str,
    /// Ceph's level: 0 is an error, 20 is chatter.
    pub level: i32,
    /// The escaped text.
    pub text: &'a str,
}

/// Services of the engine for the calls it runs.
pub trait Host: fmt::Debug + Sync {
    /// Takes a line a class logged.
    fn log(&self, record: LogRecord<'_>);

    /// Runs another method on the same object, within the caller's transaction and budget.
    ///
    /// `context` already carries the nested scope; the host resolves the class, checks that the method's flags
    /// are among those of the caller, and calls it with a context narrowed by
    /// [`Context::narrowed`]. Class and method are guest-controlled text.
    ///
    /// # Errors
    /// As [`Class::call`](crate::Class::call); an unknown class or method is `EOPNOTSUPP`.
    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError>;

    /// Fills `buffer` with unpredictable bytes.
    fn random(&self, buffer: &mut [u8]);

    /// The time, for methods that ask. A host that repeats calls answers what it answered then. Asked once a request:
    /// [`Context::now`] keeps the answer.
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
