//! `fsck`: a check of the store, object by object, and its repair.

use std::io::Write as _;

use radula::{
    Config,
    store::{FsckProgress, FsckReport, Problem, Repair},
};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::{Output, object_json},
    progress::Progress,
    verbs::FsckArgs,
};

/// Prints what is wrong, a line each, and a summary. Returns whether nothing is.
pub(crate) fn run(
    output: &mut Output,
    config: &Config,
    args: &FsckArgs,
    is_json: bool,
) -> Result<bool, Failure> {
    let repair = match (args.repair, args.remove_damaged) {
        (false, _) => Repair::Nothing,
        (true, false) => Repair::MoveAside,
        (true, true) => Repair::RemoveDamaged,
    };
    let mut line = Progress::new();
    let found = radula::fsck_with(config, repair, |FsckProgress { objects, of, .. }| {
        line.at(|| format!("{objects} of {of} objects"));
    })?;
    drop(line);
    if is_json {
        output.json(&report(&found))?;
    } else {
        print(output, &found, args.repair)?;
    }
    output.flush()?;
    Ok(found.is_sound())
}

fn report(found: &FsckReport) -> Value {
    let problem = |problem: &Problem| {
        json!({
            "object": problem.object.as_ref().map(object_json),
            "what": problem.what,
            "outcome": problem.outcome.word(),
            "moved_to": problem.outcome.moved_to().map(object_json),
        })
    };
    json!({
        "ok": found.is_sound(),
        "objects": found.objects,
        "bytes": found.bytes,
        "problems": found.problems.iter().map(problem).collect::<Vec<_>>(),
        "problem_count": found.problem_count,
        "repaired": found.repaired,
        "garbage_rows": found.garbage_rows,
    })
}

fn print(output: &mut Output, found: &FsckReport, is_repair: bool) -> Result<(), Failure> {
    for problem in &found.problems {
        output.name(problem.to_string().as_bytes())?;
    }
    let unseen = found.problem_count - found.problems.len() as u64;
    if unseen > 0 {
        writeln!(output, "and {unseen} more")?;
    }
    write!(
        output,
        "{} objects, {} bytes, {} problems",
        found.objects, found.bytes, found.problem_count
    )?;
    if is_repair {
        write!(output, ", {} repaired", found.repaired)?;
    }
    if found.garbage_rows > 0 {
        let rows = found.garbage_rows;
        write!(output, ", {rows} rows wait to be removed")?;
    }
    writeln!(output)?;
    Ok(())
}
