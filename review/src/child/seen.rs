//! What an answer of the engine comes to: an outcome, its figures, and marks in its texts.

use objclass::{CallError, LimitKind, Limits, OpenError, Trap, TrapKind, Usage, escaped};
use radula::Cause;

use super::bench::{Answer, MAX_TEXT};
use crate::{
    Accepted, Outcome,
    evidence::{CallSeen, Findings, MemorySeen},
};

/// Turns an answer into what was seen, and searches it for marks.
pub(super) fn seen(
    what: &str,
    accepted: &Accepted,
    answer: &Answer,
    defaults: &Limits,
    object_unchanged: bool,
    findings: &mut Findings,
    memory: &mut MemorySeen,
) -> CallSeen {
    let (outcome, text, output) = match &answer.result {
        Ok(reply) => {
            findings.search("output", &reply.output);
            let refused = reply.output.starts_with(b"REFUSED");
            let outcome = if refused {
                Outcome::Refused
            } else {
                Outcome::Ok
            };
            (
                outcome,
                format!("returned {}", reply.ret),
                escaped(&reply.output, MAX_TEXT),
            )
        }
        Err(error) => {
            let text = error.to_string();
            findings.search("error", text.as_bytes());
            (
                of_cause(error.cause()),
                escaped(text.as_bytes(), MAX_TEXT),
                String::new(),
            )
        }
    };
    let spent = match &answer.result {
        Ok(reply) => reply.ran.as_ref().map(|ran| (ran.limits, ran.usage)),
        Err(error) => error.spent().map(|(limits, usage)| (*limits, *usage)),
    };
    let (limits, usage) = spent.unwrap_or((*defaults, Usage::default()));
    memory.limit = memory.limit.max(limits.memory);
    memory.host_bytes = memory.host_bytes.max(host_bytes(&limits, &usage));
    CallSeen {
        what: what.to_owned(),
        times: 1,
        outcome,
        succeeded: answer.result.is_ok(),
        accepted: accepted.clone(),
        elapsed_ms: answer.elapsed_ms,
        cpu_ms: answer.cpu_ms,
        deadline_ms: as_ms(limits.deadline_ms),
        gap_ms: spent.map(|(_, usage)| as_ms(usage.longest_gap_us) / 1e3),
        fuel: usage.fuel,
        text,
        output,
        object_unchanged,
        wrong: wrong_with(answer),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a call are small"
)]
fn as_ms(ms: u64) -> f64 {
    ms as f64
}

/// Bytes outside the guest's memory that the call's limits allow and it used.
fn host_bytes(limits: &Limits, usage: &Usage) -> u64 {
    let kinds = [
        LimitKind::Input,
        LimitKind::Output,
        LimitKind::Log,
        LimitKind::ObjectRead,
        LimitKind::ObjectWritten,
    ];
    kinds
        .iter()
        .map(|&kind| usage.get(kind).min(limits.get(kind)))
        .sum()
}

/// Faults of the answer itself, whatever the case expects.
fn wrong_with(answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Err(error) = &answer.result {
        let text = error.to_string();
        // Names and prefixes of the engine come on top of the 1 KiB a guest may say.
        if text.len() > 8 << 10 {
            wrong.push(format!("the error text has {} bytes", text.len()));
        }
        if text.chars().any(char::is_control) {
            wrong.push(String::from("the error text holds control characters"));
        }
    }
    wrong
}

/// The outcome that stands for the cause of an error.
pub(super) fn of_cause(cause: &Cause) -> Outcome {
    match cause {
        Cause::Class(unavailable) => of_unavailable(unavailable),
        Cause::InvalidId(_) | Cause::NoMethod { .. } => Outcome::Refused,
        Cause::Call(error) => of_call(error),
        Cause::Refused(errno) => of_errno(*errno),
        Cause::NoObject => Outcome::Error,
        // Store, commit, and whatever joins them: the host failed.
        _ => Outcome::HostFault,
    }
}

fn of_call(error: &CallError) -> Outcome {
    match error {
        CallError::Class(error) => of_errno(error.errno),
        CallError::Trap(trap) => of_trap(trap),
        CallError::Host(_) => Outcome::HostFault,
    }
}

/// Quotas of the object are limits of the host, told as error numbers because a script may handle them.
fn of_errno(errno: radula::Errno) -> Outcome {
    match errno {
        radula::Errno::EFBIG | radula::Errno::EDQUOT => Outcome::LimitHost,
        _ => Outcome::Error,
    }
}

fn of_trap(trap: &Trap) -> Outcome {
    match &trap.kind {
        TrapKind::Limit(hit) => match hit.kind {
            // Nesting is a way to spend, and its limit stands in for the stack and the time it would take.
            LimitKind::Fuel | LimitKind::Deadline | LimitKind::NestedCalls => Outcome::LimitCpu,
            LimitKind::Memory => Outcome::LimitMem,
            LimitKind::Output => Outcome::LimitOutput,
            LimitKind::Log => Outcome::LimitLog,
            _ => Outcome::LimitHost,
        },
        TrapKind::GuestError => Outcome::Error,
        // A confined class cannot panic; the engine did.
        _ => Outcome::HostFault,
    }
}

/// A class that does not open is refused, unless a limit ended its chunk.
fn of_unavailable(unavailable: &radula::runtime::ClassUnavailable) -> Outcome {
    use radula::runtime::ClassUnavailable;
    match unavailable {
        ClassUnavailable::Module { source, .. } => match &**source {
            OpenError::Trap(trap) if matches!(trap.kind, TrapKind::Limit(_)) => of_trap(trap),
            OpenError::Host(_) => Outcome::HostFault,
            _ => Outcome::Refused,
        },
        ClassUnavailable::Dependency { source, .. } => of_unavailable(source),
        _ => Outcome::Refused,
    }
}
