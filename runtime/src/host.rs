//! What surrounds a call: the log, nested calls, random bytes.

use loader::Loader;
use objclass::{CallError, ClassError, Context, Errno, Host, LimitKind, LogRecord, Reply};

use crate::{Callable, NotFound, call::settled};

/// Serves the calls of one loader's classes.
#[derive(Clone, Copy, Debug)]
pub struct CallHost<'a> {
    loader: &'a Loader,
    log: fn(LogRecord<'_>),
}

impl<'a> CallHost<'a> {
    /// A host that resolves nested calls through `loader` and passes what classes log to `log`.
    #[must_use]
    pub fn new(loader: &'a Loader, log: fn(LogRecord<'_>)) -> Self {
        Self { loader, log }
    }

    /// The loader calls are resolved through.
    #[must_use]
    pub fn loader(&self) -> &'a Loader {
        self.loader
    }
}

/// Passes what a class logged to `tracing`. Ceph's levels become its levels: 0 and below is an error, 1 to 4 a warning,
/// 5 to 9 information, 10 (the default of `cls.log`) to 19 debugging, and the rest chatter.
pub fn trace(record: LogRecord<'_>) {
    let LogRecord { class, level, text } = record;
    match level {
        ..=0 => tracing::error!(target: "radula::class", class, level, "{text}"),
        1..=4 => tracing::warn!(target: "radula::class", class, level, "{text}"),
        5..=9 => tracing::info!(target: "radula::class", class, level, "{text}"),
        10..=19 => tracing::debug!(target: "radula::class", class, level, "{text}"),
        20.. => tracing::trace!(target: "radula::class", class, level, "{text}"),
    }
}

fn class_error(errno: Errno, message: String) -> CallError {
    CallError::Class(ClassError {
        errno,
        message: Some(message),
        location: None,
    })
}

impl Host for CallHost<'_> {
    fn log(&self, record: LogRecord<'_>) {
        (self.log)(record);
    }

    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let deadline = Some(context.budget().deadline());
        let callee =
            Callable::find_until(self.loader, class, method, deadline).map_err(|not_found| {
                match not_found {
                    NotFound::Class(unavailable) => {
                        class_error(unavailable.errno(), unavailable.reason())
                    }
                    NotFound::Method(no_method) => {
                        class_error(Errno::EOPNOTSUPP, no_method.to_string())
                    }
                }
            })?;
        if !context.access().contains(callee.flags) {
            return Err(class_error(
                Errno::EPERM,
                format!(
                    "a method flagged {} cannot call one flagged {}",
                    context.access(),
                    callee.flags
                ),
            ));
        }
        if !context
            .budget()
            .charge(LimitKind::Input, input.len() as u64)
        {
            return Err(context.end());
        }
        let mut narrowed = context.narrowed(callee.class.name.as_str(), callee.flags);
        let reply = callee
            .class
            .class
            .call(callee.index(), &mut narrowed, input)?;
        if !narrowed
            .budget()
            .charge(LimitKind::Output, reply.output.len() as u64)
        {
            return Err(narrowed.end());
        }
        settled(reply)
    }

    fn random(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            // Zeroes would pass for random bytes. The call that asked ends as a trap; the process lives.
            panic!("the system gives no random bytes: {error}");
        }
    }
}
