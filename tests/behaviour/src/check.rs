//! Runs one case on one subject and compares.

use objclass::Errno;

use crate::{
    After, AfterWord, Case, Observed, Outcome, Request, Rig, RunsCases, Step, StepKind,
    state::{described, shortened},
};

/// Where a subject departed from a case.
#[derive(Debug, thiserror::Error)]
#[error("{}{what}", step_prefix(.step))]
pub struct Mismatch {
    /// Which step, from 0; `None` for the object afterwards.
    pub step: Option<usize>,
    /// What differs.
    pub what: String,
}

fn step_prefix(step: &Option<usize>) -> String {
    step.map_or_else(|| "afterwards: ".into(), |step| format!("step {step}: "))
}

/// Runs `case` on a fresh object of `subject`.
///
/// # Errors
/// The first [`Mismatch`].
pub fn run(case: &Case, subject: &dyn RunsCases) -> Result<(), Mismatch> {
    let reads_log = case.steps.iter().any(|step| step.log.is_some());
    let mut result = Ok(());
    subject.in_turn(reads_log, &mut || result = run_alone(case, subject));
    result
}

fn run_alone(case: &Case, subject: &dyn RunsCases) -> Result<(), Mismatch> {
    let rig = Rig::new(subject, case.script.as_ref());
    if let Some(content) = &case.object {
        rig.put(
            &content
                .state()
                .map_err(|what| Mismatch { step: None, what })?,
        );
    }
    let before = rig.observe();
    for (index, step) in case.steps.iter().enumerate() {
        check_step(&rig, step).map_err(|what| Mismatch {
            step: Some(index),
            what,
        })?;
    }
    check_after(&case.after, &before, &rig.observe()).map_err(|what| Mismatch { step: None, what })
}

fn check_step(rig: &Rig, step: &Step) -> Result<(), String> {
    let before = rig.observe();
    rig.forget_log();
    let kind = step.kind()?;
    let outcome = match &kind {
        StepKind::Act { flags, input } => rig.act(flags, input, &step.limits),
        StepKind::Handler { name, input } => rig.handler(name, input, &step.limits),
        StepKind::Exec {
            class,
            method,
            input,
        } => rig.call(&Request::new(class, method, input), &step.limits),
        StepKind::Operate(ops) => rig.operate(ops, &step.limits),
    };
    let after = rig.observe();

    check_outcome(step, &outcome)?;
    check_log(step, rig)?;
    let read_only = matches!(kind, StepKind::Act { flags: "r", .. });
    check_change(step, read_only, &outcome, &before, &after)
}

fn check_outcome(step: &Step, outcome: &Outcome) -> Result<(), String> {
    match (outcome, &step.errno) {
        (
            Outcome::Success {
                ret,
                output,
                replies,
            },
            None,
        ) => {
            let expected = step.ret.unwrap_or(0);
            if *ret != expected {
                return Err(format!(
                    "returned {ret}, expected {expected}, with output {}",
                    shortened(output)
                ));
            }
            check_output(step, output)?;
            check_replies(step, replies)
        }
        (
            Outcome::Failure {
                errno,
                kind,
                text,
                failed,
            },
            Some(expected),
        ) => {
            let expected = errno_named(expected)?;
            if *errno != expected {
                return Err(format!("failed with {errno}, expected {expected}: {text}"));
            }
            if let Some(expected) = &step.kind {
                same("kind of the error", expected, kind)?;
            }
            if let Some(part) = &step.says
                && !text.contains(part.as_str())
            {
                return Err(format!("the error does not say {part:?}: {text}"));
            }
            match (step.failed, failed) {
                (Some(expected), Some(failed)) if expected == *failed => Ok(()),
                (Some(expected), failed) => Err(format!(
                    "operation {expected} was to fail, but {failed:?} did: {text}"
                )),
                (None, _) => Ok(()),
            }
        }
        (Outcome::Success { ret, output, .. }, Some(expected)) => Err(format!(
            "succeeded with {ret} and output {}, expected {expected}",
            shortened(output)
        )),
        (Outcome::Failure { errno, text, .. }, None) => Err(format!("failed with {errno}: {text}")),
    }
}

fn check_output(step: &Step, output: &[u8]) -> Result<(), String> {
    if let Some(least) = step.output_at_least {
        return if output.len() >= least {
            Ok(())
        } else {
            Err(format!(
                "output of {} bytes, expected at least {least}: {}",
                output.len(),
                shortened(output)
            ))
        };
    }
    if let Some(lines) = &step.lines {
        let text = String::from_utf8_lossy(output);
        let got: Vec<&str> = text.lines().collect();
        return if got == *lines {
            Ok(())
        } else {
            Err(format!("output lines\n  {got:?}, expected\n  {lines:?}"))
        };
    }
    let expected = step
        .output
        .as_ref()
        .map(|literal| literal.0.as_slice())
        .unwrap_or_default();
    if output == expected {
        Ok(())
    } else {
        Err(format!(
            "output {}, expected {}",
            shortened(output),
            shortened(expected)
        ))
    }
}

fn check_replies(step: &Step, replies: &[Vec<u8>]) -> Result<(), String> {
    let Some(expected) = &step.replies else {
        return Ok(());
    };
    let shown =
        |replies: &mut dyn Iterator<Item = &[u8]>| replies.map(shortened).collect::<Vec<_>>();
    if replies
        .iter()
        .map(Vec::as_slice)
        .eq(expected.iter().map(|literal| literal.0.as_slice()))
    {
        Ok(())
    } else {
        Err(format!(
            "replies {:?}, expected {:?}",
            shown(&mut replies.iter().map(Vec::as_slice)),
            shown(&mut expected.iter().map(|literal| literal.0.as_slice()))
        ))
    }
}

fn check_log(step: &Step, rig: &Rig) -> Result<(), String> {
    let Some(expected) = &step.log else {
        return Ok(());
    };
    let logged = rig.log(expected);
    if logged == *expected {
        Ok(())
    } else {
        Err(format!("logged {logged:?}, expected {expected:?}"))
    }
}

/// The rules every step obeys, whatever its case is about.
fn check_change(
    step: &Step,
    read_only: bool,
    outcome: &Outcome,
    before: &Observed,
    after: &Observed,
) -> Result<(), String> {
    let new_version = before.version != after.version;
    if after != before && matches!(outcome, Outcome::Failure { .. }) {
        return Err(format!(
            "a failed step changed the object\n{before}\n  became\n{after}"
        ));
    }
    if after != before && read_only {
        return Err(format!(
            "a method flagged r changed the object\n{before}\n  became\n{after}"
        ));
    }
    if after.state != before.state && after.state.is_some() && after.version <= before.version {
        return Err(format!(
            "the object changed, but its version went from {} to {}",
            before.version, after.version
        ));
    }
    match step.new_version {
        Some(expected) if expected != new_version => Err(format!(
            "version {} became {}, expected {}",
            before.version,
            after.version,
            if expected { "a new one" } else { "the same" }
        )),
        _ => Ok(()),
    }
}

fn check_after(expected: &After, before: &Observed, after: &Observed) -> Result<(), String> {
    let state = match expected {
        After::Word(AfterWord::Unchanged) => {
            return if before == after {
                Ok(())
            } else {
                Err(format!("the object changed\n{before}\n  became\n{after}"))
            };
        }
        After::Word(AfterWord::Missing) => None,
        After::Content(content) => Some(content.state()?),
    };
    if after.state == state {
        Ok(())
    } else {
        Err(format!(
            "the object is\n{after}\n  expected\n{}",
            described(state.as_ref())
        ))
    }
}

fn same(what: &str, expected: &str, got: &str) -> Result<(), String> {
    if expected == got {
        Ok(())
    } else {
        Err(format!("{what} {got:?}, expected {expected:?}"))
    }
}

fn errno_named(name: &str) -> Result<Errno, String> {
    Errno::ALL
        .iter()
        .copied()
        .find(|errno| errno.name() == Some(name))
        .or_else(|| name.parse().ok().and_then(Errno::new))
        .ok_or_else(|| format!("no error number {name:?}"))
}
