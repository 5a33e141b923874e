//! `class explain`: every path a class may come from, and why one was chosen.

use std::io::Write as _;

use radula::runtime::{Candidate, Explanation, Found};
use serde_json::{Value, json};

use super::unavailable::{failed, unavailable_json};
use crate::{failure::Failure, output::Output, session::Session};

pub(super) fn explain(session: &mut Session, name: &str) -> Result<(), Failure> {
    let explanation = session
        .engine()?
        .loader()
        .explain(name)
        .map_err(failed(name))?;
    session.answer(
        || explanation_json(&explanation),
        |output| print_explanation(output, &explanation),
    )
}

fn explanation_json(explanation: &Explanation) -> Value {
    let candidates: Vec<_> = explanation
        .candidates
        .iter()
        .map(|candidate| {
            let (found, digest) = found(candidate);
            json!({
                "runtime": candidate.runtime,
                "path": candidate.path.display().to_string(),
                "found": found,
                "digest": digest,
                "chosen": candidate.chosen,
                "reason": candidate.reason,
            })
        })
        .collect();
    json!({
        "ok": true,
        "class": explanation.class.as_str(),
        "state": explanation.state.name(),
        "permitted": explanation.permitted,
        "by_default": explanation.by_default,
        "builtin": explanation.builtin,
        "abi": explanation.outcome.as_ref().ok().and_then(|open| open.class.abi()),
        "candidates": candidates,
        "error": explanation.outcome.as_ref().err().map(unavailable_json),
    })
}

fn print_explanation(output: &mut Output, explanation: &Explanation) -> Result<(), Failure> {
    let class = &explanation.class;
    if let Some(runtime) = explanation.builtin {
        writeln!(
            output,
            "class {class} is part of the {runtime} runtime; no file is looked for"
        )?;
    }
    for (at, candidate) in explanation.candidates.iter().enumerate() {
        let mark = if candidate.chosen { '*' } else { ' ' };
        let line = format!(
            "{mark} {}. {:<6}  {}",
            at + 1,
            candidate.runtime,
            candidate.path.display()
        );
        output.name(line.as_bytes())?;
        if let (_, Some(digest)) = found(candidate) {
            writeln!(output, "              digest {digest}")?;
        }
        output.name(format!("              {}", candidate.reason).as_bytes())?;
    }
    if !explanation.permitted {
        writeln!(output, "class {class} is not on class_load_list")?;
    }
    let outcome = match &explanation.outcome {
        Ok(open) => {
            let built_for = open.class.abi().map(|abi| format!(", built for {abi}"));
            let built_for = built_for.unwrap_or_default();
            match open.class.methods().len() {
                1 => format!("class {class} is open, with 1 method{built_for}"),
                count => format!("class {class} is open, with {count} methods{built_for}"),
            }
        }
        Err(error) => format!("class {class}: {}: {}", error.errno(), error.reason()),
    };
    Ok(output.name(outcome.as_bytes())?)
}

/// One word for what is at a candidate's path, and its digest if it is a file.
fn found(candidate: &Candidate) -> (&'static str, Option<String>) {
    match &candidate.found {
        Found::Absent => ("absent", None),
        Found::NoDirectory(_) => ("no-directory", None),
        Found::Refused(_) => ("refused", None),
        Found::File { digest, .. } => ("file", Some(digest.to_string())),
        _ => ("unknown", None),
    }
}
