//! `config`: every setting, its value, and where that came from.

use std::io::Write as _;

use radula::{
    Config,
    config::{Origin, Setting},
};
use serde_json::{Value, json};

use crate::{failure::Failure, output::Output};

/// Prints the settings. The text is a configuration file that says the same, with the origins as comments.
pub(crate) fn print(output: &mut Output, config: &Config, is_json: bool) -> Result<(), Failure> {
    if is_json {
        let settings: Vec<_> = config
            .settings()
            .iter()
            .map(|setting| setting_json(config, setting))
            .collect();
        let file = config.file().map(|file| file.display().to_string());
        output.json(&json!({ "ok": true, "file": file, "settings": settings }))?;
    } else {
        let lines: Vec<_> = config
            .settings()
            .iter()
            .map(|setting| {
                (
                    format!("{} = {}", setting.key, setting.value),
                    &setting.origin,
                )
            })
            .collect();
        // One very long list of directories must not push every origin off the screen.
        let width = lines
            .iter()
            .map(|(line, _)| line.chars().count())
            .filter(|width| *width <= 60)
            .max()
            .unwrap_or(0);
        for (line, origin) in lines {
            writeln!(output, "{line:<width$}  # {origin}")?;
        }
    }
    Ok(output.flush()?)
}

fn setting_json(config: &Config, setting: &Setting) -> Value {
    let place = match &setting.origin {
        Origin::File { path, line } => {
            json!({ "file": path.display().to_string(), "line": line })
        }
        Origin::Environment { variable } => json!({ "variable": variable }),
        Origin::Flag { flag } => json!({ "flag": flag }),
        Origin::BuiltIn | Origin::Program => Value::Null,
    };
    json!({
        "key": setting.key,
        "value": setting.value,
        "origin": setting.origin.kind(),
        "place": place,
        "about": config.describe(&setting.key),
    })
}
