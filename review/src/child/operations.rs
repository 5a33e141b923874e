//! Compound operations: all of it or nothing.

use std::{path::PathBuf, time::Instant};

use objclass::Limits;
use radula::Operation;

use super::{
    CaseRun,
    bench::{self, ATTACKED, Bench, Unable, cpu_ms},
    seen::of_cause,
};
use crate::{
    Outcome,
    evidence::CallSeen,
    operation::{Operations, Step},
};

pub(super) fn lay_out(operations: &Operations) -> Result<PathBuf, Unable> {
    let directory = bench::class_dir()?;
    if !operations.script.is_empty() {
        bench::write_class(&directory, "attack", operations.script.as_bytes())?;
    }
    Ok(directory)
}

pub(super) fn attack(
    run: &mut CaseRun<'_>,
    bench: &Bench,
    operations: &Operations,
) -> Result<(), Unable> {
    let mut operation = Operation::new();
    for step in &operations.steps {
        operation = with(operation, step)?;
    }
    run.speaker.stage("compound operation");
    let before = bench.digest()?;
    let (began, cpu) = (Instant::now(), cpu_ms());
    let result = bench.io().operate(ATTACKED, &operation);
    let (elapsed_ms, cpu_ms) = (began.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu);
    let object_unchanged = bench.digest()? == before;
    let mut wrong = Vec::new();
    let (outcome, text) = match &result {
        Ok(reply) => {
            if object_unchanged {
                wrong.push(String::from("the operation succeeded and nothing changed"));
            }
            (Outcome::Ok, format!("version {}", reply.version))
        }
        Err(error) => {
            run.evidence
                .findings
                .search("error", error.to_string().as_bytes());
            (
                of_cause(error.cause()),
                objclass::escaped(error.to_string().as_bytes(), 400),
            )
        }
    };
    let calls = operations
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Exec { .. }))
        .count();
    let deadlines = u32::try_from(calls.max(1)).unwrap_or(u32::MAX);
    run.evidence.memory.limit = Limits::INSTALLED.memory;
    run.evidence.calls.push(CallSeen {
        what: String::from("compound operation"),
        times: 1,
        outcome,
        succeeded: result.is_ok(),
        accepted: run.case.expect.clone(),
        elapsed_ms,
        cpu_ms,
        deadline_ms: Limits::INSTALLED.deadline().as_secs_f64() * 1e3 * f64::from(deadlines),
        gap_ms: None,
        fuel: 0,
        text,
        output: String::new(),
        object_unchanged,
        wrong,
    });
    Ok(())
}

fn with(operation: Operation, step: &Step) -> Result<Operation, Unable> {
    Ok(match step {
        Step::Write { offset, data } => operation.write(*offset, data.bytes()?),
        Step::WriteFull { data } => operation.write_full(data.bytes()?),
        Step::Append { data } => operation.append(data.bytes()?),
        Step::Truncate { size } => operation.truncate(*size),
        Step::Setxattr { name, value } => operation.set_xattr(name.bytes()?, value.bytes()?),
        Step::OmapSet { key, value } => operation.omap_set([(key.bytes()?, value.bytes()?)]),
        Step::OmapClear => operation.omap_clear(),
        Step::Create { exclusive } => operation.create((*exclusive).into()),
        Step::Remove => operation.remove(),
        Step::AssertVersion { version } => operation.assert_version(*version),
        Step::Exec {
            class,
            method,
            input,
        } => operation.exec(class, method, input.bytes()?),
    })
}
