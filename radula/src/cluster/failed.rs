//! What the cluster's error numbers mean, and what classes say beside them.

use std::time::Duration;

use bytes::Bytes;
use ceph_client::OperationError;
use objclass::{
    CallError, ClassError, Errno, Fault, GuestLocation, LimitHit, LimitKind, Trap, TrapKind,
    escaped,
};
use serde::Deserialize;

use crate::{
    ClusterError,
    error::{Cause, Error},
    operation::Step,
};

/// Longest text of a class that is repeated in an error, in bytes.
const MAX_SAID: usize = 1024;
/// Linux's `EMSGSIZE`: what an OSD answers to more than `osd_max_write_size`.
const EMSGSIZE: i32 = 90;

/// The error of an operation of `steps`.
pub(super) fn failed(error: OperationError, steps: &[Step], timeout: Option<Duration>) -> Error {
    let (errno, at, output, from_method) = match error {
        OperationError::Nul { what } => return ClusterError::Nul { what }.into(),
        OperationError::Answered {
            errno,
            step,
            output,
            from_method,
        } => (errno, step, output, from_method),
        // The enum may grow; its error number is what there is.
        error => (error.errno(), None, Bytes::new(), false),
    };
    let step = at.and_then(|at| steps.get(at));
    let cause = match step {
        Some(Step::Exec(_)) if from_method => Cause::Call(said(errno, &output)),
        _ => unsaid(errno, step, steps, timeout),
    };
    let mut error = Error::new(cause);
    if let Some(Step::Exec(exec)) = step {
        error = error.of_method(&exec.class, &exec.method);
    }
    match (at, step) {
        (Some(at), Some(step)) => error.of_step(at, step.name()),
        _ => error,
    }
}

/// A number that no method answered.
fn unsaid(errno: Errno, step: Option<&Step>, steps: &[Step], timeout: Option<Duration>) -> Cause {
    let may_be_call = |step: &Step| matches!(step, Step::Exec(_));
    let is_call = step.map_or_else(|| steps.iter().any(may_be_call), may_be_call);
    let only_reads = !steps.iter().any(Step::writes);
    match errno {
        Errno::ENOENT if only_reads => Cause::NoObject,
        Errno::EOPNOTSUPP if is_call => ClusterError::NoMethod.into(),
        Errno::EPERM if is_call => ClusterError::NotAllowed.into(),
        Errno::EPERM => ClusterError::NoCapability.into(),
        Errno::ETIMEDOUT => ClusterError::NoAnswer {
            seconds: timeout.unwrap_or_default().as_secs(),
        }
        .into(),
        errno if errno.code() == EMSGSIZE => ClusterError::TooMuch.into(),
        errno => Cause::Refused(errno),
    }
}

/// What the engine in an OSD puts into the output of a call that failed.
#[derive(Deserialize)]
struct Said {
    code: Option<i32>,
    errno: String,
    kind: String,
    message: String,
    location: Option<SaidLocation>,
    limit: Option<SaidLimit>,
}

#[derive(Deserialize)]
struct SaidLocation {
    file: String,
    line: u32,
}

#[derive(Deserialize)]
struct SaidLimit {
    name: String,
    value: u64,
}

/// A number that a method answered, with what stands in its output: the structure of Radula's engine, or a text of
/// whatever class it is.
fn said(errno: Errno, output: &Bytes) -> CallError {
    let plain = |message: Option<String>| {
        CallError::Class(ClassError {
            errno,
            message,
            location: None,
        })
    };
    if output.is_empty() && errno == Errno::EOVERFLOW {
        return plain(Some(
            "value too large; with returnvec, when the method wrote and its output is longer than \
             osd_max_write_op_reply_len (64 bytes), the object is in doubt until its OSD restarts"
                .to_owned(),
        ));
    }
    match serde_json::from_slice::<Said>(output) {
        Ok(said) if said.is_about(errno) => said.into_error(errno),
        _ => {
            let text = std::str::from_utf8(output)
                .ok()
                .filter(|text| !text.is_empty());
            plain(text.map(|text| escaped(text.as_bytes(), MAX_SAID)))
        }
    }
}

impl Said {
    /// Any class may answer JSON of these members; what contradicts the number is not believed.
    fn is_about(&self, errno: Errno) -> bool {
        self.code.is_none_or(|code| code == errno.code()) && self.errno == errno.to_string()
    }

    fn into_error(self, errno: Errno) -> CallError {
        let location = self.location.map(|place| GuestLocation {
            file: escaped(place.file.as_bytes(), MAX_SAID),
            line: place.line,
        });
        let mut message = escaped(self.message.as_bytes(), MAX_SAID);
        // The text has the place in front, and so would the error made of both.
        if let Some(place) = &location
            && let Some(rest) = message.strip_prefix(&format!("{place}: "))
        {
            message = rest.to_owned();
        }
        let trap = |kind, message, location| {
            CallError::Trap(Trap {
                kind,
                message,
                location,
            })
        };
        let limit = self.limit.and_then(|limit| {
            Some(LimitHit {
                kind: LimitKind::from_name(&limit.name)?,
                limit: limit.value,
            })
        });
        let error = match (self.kind.as_str(), limit) {
            ("limit", Some(hit)) => trap(TrapKind::Limit(hit), message.clone(), location.clone()),
            ("guest-error", _) => trap(TrapKind::GuestError, message.clone(), location.clone()),
            ("panic", _) => trap(TrapKind::Panic, message.clone(), location.clone()),
            ("host", _) => CallError::Host(Fault::new(message.clone())),
            _ => errno.into(),
        };
        if error.errno() == errno && !matches!(error, CallError::Class(_)) {
            return error;
        }
        CallError::Class(ClassError {
            errno,
            message: Some(message),
            location,
        })
    }
}

#[cfg(test)]
mod tests;
