//! What goes into a call of a method, and what comes out.

use std::sync::Arc;

use bytes::Bytes;
use loader::OpenClass;
use objclass::{Limits, Usage};

/// Options of one call.
///
/// ```
/// use radula::{ExecOptions, Limits};
///
/// let frugal = ExecOptions::default().with_limits(Limits { fuel: 10_000, ..Limits::UNLIMITED });
/// assert_eq!(frugal.limits.map(|limits| limits.fuel), Some(10_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecOptions {
    /// Limits the caller asks for. They lower those of the configuration and never raise them.
    pub limits: Option<Limits>,
}

impl ExecOptions {
    /// Asks for these limits where they are lower than the configured ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }
}

/// One call, as a client asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) class: &'a str,
    pub(crate) method: &'a str,
    pub(crate) input: &'a [u8],
    pub(crate) options: &'a ExecOptions,
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
    /// What ran and what it used. A cluster does not report it: `None` there.
    pub ran: Option<Ran>,
}

impl ExecReply {
    /// What the call used of its limits; `None` from a cluster, which does not report it.
    #[must_use]
    pub fn usage(&self) -> Option<&Usage> {
        self.ran.as_ref().map(|ran| &ran.usage)
    }

    /// The fuel the call used; `None` from a cluster, which does not report it.
    #[must_use]
    pub fn fuel(&self) -> Option<u64> {
        self.usage().map(|usage| usage.fuel)
    }

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
