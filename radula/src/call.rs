//! One call of a method: resolved, limited, run, judged.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use loader::{Loader, OpenClass};
use objclass::{
    Budget, CallError, ClassError, Context, Errno, Host, LimitKind, Limits, LogRecord, MethodFlags,
    ObjectContext, Reply, Trap, TrapKind, Usage, escaped,
};

use crate::error::{Cause, Error};

/// The class whose methods run a script that came with the request, and therefore under `limits.eval`.
const EVAL_CLASS: &str = "lua";

/// Longest panic text kept, in bytes.
const MAX_PANIC: usize = 1024;

/// What one call may be told beyond its input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecOptions {
    /// Limits the caller asks for. They lower those of the configuration and never raise them.
    pub limits: Option<Limits>,
}

/// What a successful call answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExecReply {
    /// The method's return value, never negative.
    pub ret: i32,
    /// The method's output.
    pub output: Bytes,
    /// The object's version after the operation; 0 when it does not exist.
    pub version: u64,
    /// What ran and what it used. A cluster does not tell: `None` there.
    pub ran: Option<Ran>,
}

/// What ran in this process for a successful call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ran {
    /// The limits that were in force.
    pub limits: Limits,
    /// What was used of them.
    pub usage: Usage,
    /// The class, with its file and digest.
    pub class: Arc<OpenClass>,
}

/// A method found by name, before anything is known of the object.
#[derive(Debug)]
pub(crate) struct Resolved {
    class: Arc<OpenClass>,
    index: usize,
    pub(crate) flags: MethodFlags,
}

impl Resolved {
    pub(crate) fn find(loader: &Loader, class: &str, method: &str) -> Result<Self, Error> {
        let named = |error: Error| error.of_method(class, method);
        let open = loader
            .open(class)
            .map_err(|unavailable| named(unavailable.into()))?;
        let Some((index, found)) = open.method(method) else {
            return Err(named(no_method(&open, method).into()));
        };
        let flags = found.flags;
        Ok(Self {
            class: open,
            index,
            flags,
        })
    }

    /// Runs the method in the transaction behind `object`. Whoever called commits that when this succeeds and
    /// discards it when it does not.
    pub(crate) fn run(
        &self,
        object: &mut dyn ObjectContext,
        host: &EngineHost<'_>,
        input: &[u8],
        options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        let mut limits = limits_of(&self.class);
        if let Some(request) = &options.limits {
            limits = limits.lowered_by(request);
        }
        let mut budget = Budget::new(limits);
        let (result, usage) = self.judged(object, host, &mut budget, input);
        match result {
            Ok(reply) => Ok(ExecReply {
                ret: reply.ret,
                output: reply.output,
                version: 0,
                ran: Some(Ran {
                    limits,
                    usage,
                    class: Arc::clone(&self.class),
                }),
            }),
            Err(error) => Err(Error::from(error).having_spent(limits, usage)),
        }
    }

    /// The call, from charging its input to the verdict. The budget has the last word: what a method answers after
    /// a limit was reached counts for nothing.
    fn judged(
        &self,
        object: &mut dyn ObjectContext,
        host: &EngineHost<'_>,
        budget: &mut Budget,
        input: &[u8],
    ) -> (Result<Reply, CallError>, Usage) {
        let name = self.class.name.as_str();
        let answer = if budget.charge(LimitKind::Input, input.len() as u64) {
            let mut context = Context::new(object, budget, host, name, self.flags);
            caught(|| self.class.class.call(self.index, &mut context, input))
        } else {
            Ok(Reply::default())
        };
        if let Ok(reply) = &answer {
            let _ = budget.charge(LimitKind::Output, reply.output.len() as u64);
        }
        // A trusted class cannot be interrupted; one that came back too late is too late all the same.
        let usage = budget.close();
        let result = match answer {
            // The reason the budget ended is the reason; what the backend made of it may be less exact.
            Err(error @ CallError::Trap(_)) => Err(error),
            answer => match budget.take_error() {
                Some(ended) => Err(ended),
                None => answer.and_then(settled),
            },
        };
        (result, usage)
    }
}

/// What the configuration allows a call of `class`.
pub(crate) fn limits_of(class: &OpenClass) -> Limits {
    if class.name.as_str() == EVAL_CLASS {
        class.eval_limits
    } else {
        class.limits
    }
}

/// A negative return value is an error number, whatever the backend made of it.
fn settled(reply: Reply) -> Result<Reply, CallError> {
    match Errno::from_return(reply.ret) {
        Some(errno) => Err(errno.into()),
        None => Ok(reply),
    }
}

/// Runs trusted code that may panic. Its transaction is dropped when it did, so nothing half done is seen.
fn caught(call: impl FnOnce() -> Result<Reply, CallError>) -> Result<Reply, CallError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Err(CallError::Trap(Trap {
            kind: TrapKind::Panic,
            message: format!("panicked: {}", escaped(text.as_bytes(), MAX_PANIC)),
            location: None,
        }))
    })
}

fn no_method(open: &OpenClass, method: &str) -> Cause {
    Cause::NoMethod {
        class: open.name.to_string(),
        method: escaped(method.as_bytes(), 128),
        methods: open
            .class
            .methods()
            .iter()
            .map(|method| method.name.to_string())
            .collect(),
    }
}

/// What surrounds the calls of an engine.
#[derive(Debug)]
pub(crate) struct EngineHost<'a> {
    pub(crate) loader: &'a Loader,
}

impl Host for EngineHost<'_> {
    /// Ceph's levels become those of `tracing`: 0 and below is an error, 1 to 4 a warning, 5 to 9 information,
    /// 10 (the default of `cls.log`) to 19 debugging, and the rest chatter.
    fn log(&self, record: LogRecord<'_>) {
        let LogRecord { class, level, text } = record;
        match level {
            ..=0 => tracing::error!(target: "radula::class", class, level, "{text}"),
            1..=4 => tracing::warn!(target: "radula::class", class, level, "{text}"),
            5..=9 => tracing::info!(target: "radula::class", class, level, "{text}"),
            10..=19 => tracing::debug!(target: "radula::class", class, level, "{text}"),
            20.. => tracing::trace!(target: "radula::class", class, level, "{text}"),
        }
    }

    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let open = self.loader.open(class).map_err(|unavailable| ClassError {
            errno: unavailable.errno(),
            message: Some(unavailable.reason()),
            location: None,
        })?;
        let Some((index, found)) = open.method(method) else {
            return Err(ClassError {
                errno: Errno::EOPNOTSUPP,
                message: Some(no_method(&open, method).to_string()),
                location: None,
            }
            .into());
        };
        if !context.access().contains(found.flags) {
            return Err(ClassError {
                errno: Errno::EPERM,
                message: Some(format!(
                    "a method flagged {} cannot call one flagged {}",
                    context.access(),
                    found.flags
                )),
                location: None,
            }
            .into());
        }
        if !context
            .budget()
            .charge(LimitKind::Input, input.len() as u64)
        {
            return Err(context.end());
        }
        let mut narrowed = context.narrowed(open.name.as_str(), found.flags);
        let reply = open.class.call(index, &mut narrowed, input)?;
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
