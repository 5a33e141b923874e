//! `fsck`: a check of the store, object by object.

use std::io::Write as _;

use radula::Config;
use serde_json::json;

use crate::{failure::Failure, output::Output};

/// Prints what is wrong, a line each, and a summary. Returns whether nothing is.
pub(crate) fn run(output: &mut Output, config: &Config, is_json: bool) -> Result<bool, Failure> {
    let found = radula::fsck(config)?;
    let is_sound = found.problem_count == 0;
    if is_json {
        output.json(&json!({
            "ok": is_sound,
            "objects": found.objects,
            "bytes": found.bytes,
            "problems": found.problems,
            "problem_count": found.problem_count,
        }))?;
    } else {
        for problem in &found.problems {
            output.name(problem.as_bytes())?;
        }
        let unseen = found.problem_count - found.problems.len() as u64;
        if unseen > 0 {
            writeln!(output, "and {unseen} more")?;
        }
        writeln!(
            output,
            "{} objects, {} bytes, {} problems",
            found.objects, found.bytes, found.problem_count
        )?;
    }
    output.flush()?;
    Ok(is_sound)
}
