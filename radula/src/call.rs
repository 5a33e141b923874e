//! One call of a method on the embedded store. How a call is run and judged is the crate `runtime`'s.

use std::sync::Arc;

use bytes::Bytes;
use loader::{Loader, OpenClass};
use objclass::{Limits, MethodFlags, ObjectContext, Usage};
use runtime::{CallHost, Callable, NoMethod, NotFound};

use crate::error::{Cause, Error};

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

impl ExecReply {
    /// The answer of a cluster. Its version is that of the operation, known when all of that is over.
    #[cfg_attr(
        not(feature = "rados"),
        expect(dead_code, reason = "only a cluster answers so")
    )]
    pub(crate) fn of_cluster(ret: i32, output: Bytes, version: u64) -> Self {
        Self {
            ret,
            output,
            version,
            ran: None,
        }
    }
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
    callable: Callable,
    pub(crate) flags: MethodFlags,
}

impl Resolved {
    pub(crate) fn find(loader: &Loader, class: &str, method: &str) -> Result<Self, Error> {
        match Callable::find(loader, class, method) {
            Ok(callable) => Ok(Self {
                flags: callable.flags,
                callable,
            }),
            Err(not_found) => {
                let error = match not_found {
                    NotFound::Class(unavailable) => Error::from(unavailable),
                    NotFound::Method(no_method) => Cause::from(no_method).into(),
                };
                Err(error.of_method(class, method))
            }
        }
    }

    /// Runs the method in the transaction behind `object`. Whoever called commits that when this succeeds and
    /// discards it when it does not.
    pub(crate) fn run(
        &self,
        object: &mut dyn ObjectContext,
        host: &CallHost<'_>,
        input: &[u8],
        options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        let class = &self.callable.class;
        let mut limits = class.limits;
        if let Some(request) = &options.limits {
            limits = limits.lowered_by(request);
        }
        let (result, usage) = self.callable.run(object, host, limits, input);
        match result {
            Ok(reply) => Ok(ExecReply {
                ret: reply.ret,
                output: reply.output,
                version: 0,
                ran: Some(Ran {
                    limits,
                    usage,
                    class: Arc::clone(class),
                }),
            }),
            Err(error) => Err(Error::from(error).having_spent(limits, usage)),
        }
    }
}

impl From<NoMethod> for Cause {
    fn from(no_method: NoMethod) -> Self {
        let NoMethod {
            class,
            method,
            methods,
        } = no_method;
        Cause::NoMethod {
            class,
            method,
            methods,
        }
    }
}
