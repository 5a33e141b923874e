//! What became of the open classes at a reload.

use radula::runtime::Reloaded;
use serde_json::json;

use crate::{failure::Failure, session::Session};

/// Looks at the class files again and reports what became of the open classes.
pub(crate) fn reload(session: &mut Session) -> Result<(), Failure> {
    let outcomes = session.engine()?.loader().reload();
    let words: Vec<(String, &str, Option<String>)> = outcomes
        .iter()
        .map(|outcome| {
            let (word, detail) = match &outcome.result {
                Reloaded::Unchanged => ("unchanged", None),
                Reloaded::Replaced { digest, .. } => ("replaced", Some(digest.to_string())),
                Reloaded::Kept { error } => ("kept", Some(error.reason())),
                Reloaded::Closed => ("closed", None),
                _ => ("reloaded", None),
            };
            (outcome.class.to_string(), word, detail)
        })
        .collect();
    session.answer(
        || {
            let classes: Vec<_> = words
                .iter()
                .map(|(class, word, detail)| json!({ "class": class, "result": word, "detail": detail }))
                .collect();
            json!({ "ok": true, "reloaded": classes })
        },
        |output| {
            for (class, word, detail) in &words {
                let detail = detail.as_ref().map(|text| format!(": {text}"));
                let line = format!("class {class} {word}{}", detail.unwrap_or_default());
                output.name(line.as_bytes())?;
            }
            Ok(())
        },
    )
}
