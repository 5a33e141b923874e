//! What the cluster's error numbers mean, and what classes say beside them.

use std::time::Duration;

use bytes::Bytes;
use ceph_client::OperationError;
use objclass::{
    CallError, ClassError, Errno, FailureKind, Fault, GuestLocation, Trap, TrapKind, escaped,
};
use runtime::Failure;

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
    match serde_json::from_slice::<Failure>(output) {
        // Any class may answer JSON of these members; what contradicts the number is not believed.
        Ok(failure) if failure.errno == errno => told(failure),
        _ => {
            let text = std::str::from_utf8(output)
                .ok()
                .filter(|text| !text.is_empty());
            plain(text.map(|text| escaped(text.as_bytes(), MAX_SAID)))
        }
    }
}

/// The error the engine in the OSD told, where number and kind belong together; else its text.
fn told(failure: Failure) -> CallError {
    let errno = failure.errno;
    let location = failure.location.map(|place| GuestLocation {
        file: escaped(place.file.as_bytes(), MAX_SAID),
        line: place.line,
    });
    let mut message = escaped(failure.message.as_bytes(), MAX_SAID);
    // The text has the place in front, and so would the error made of both.
    if let Some(place) = &location
        && let Some(rest) = message.strip_prefix(&format!("{place}: "))
    {
        message = rest.to_owned();
    }
    let kind = match (failure.kind, failure.limit) {
        (FailureKind::Limit, Some(hit)) => Some(TrapKind::Limit(hit)),
        (FailureKind::GuestError, _) => Some(TrapKind::GuestError),
        (FailureKind::Panic, _) => Some(TrapKind::Panic),
        _ => None,
    };
    let error = match kind {
        Some(kind) => CallError::Trap(Trap {
            kind,
            message: message.clone(),
            location: location.clone(),
        }),
        None if failure.kind == FailureKind::Host => CallError::Host(Fault::new(message.clone())),
        None => errno.into(),
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

#[cfg(test)]
mod tests;
