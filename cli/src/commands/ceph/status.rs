//! `ceph status`.

use std::{io::Write as _, path::Path};

use serde_json::json;

use crate::{failure::Failure, output::Output};

pub(super) fn status(
    output: &mut Output,
    destination: &Path,
    is_json: bool,
) -> Result<bool, Failure> {
    let status = ceph_install::status(destination)?;
    let is_well = status.is_well();
    if is_json {
        let files: Vec<_> = status
            .files
            .iter()
            .map(|file| {
                json!({
                    "path": file.path,
                    "state": file.state.name(),
                    "digest": file.digest,
                    "saved": file.saved,
                    "class": file.class(),
                    "answers": file.answers(),
                })
            })
            .collect();
        output.json(&json!({
            "ok": is_well,
            "dest": destination.display().to_string(),
            "version": status.version,
            "complete": status.complete,
            "files": files,
        }))?;
    } else {
        match &status.version {
            Some(version) => writeln!(output, "radula {version} in {}", destination.display())?,
            None => writeln!(output, "not installed in {}", destination.display())?,
        }
        if !status.complete {
            writeln!(output, "the last installation was interrupted: repeat it")?;
        }
        for file in &status.files {
            let digest = file.digest.as_deref().unwrap_or("-");
            let short = digest.get(..16).unwrap_or(digest);
            let mut line = format!("{:<9}  {short:<16}  {}", file.state.name(), file.path);
            if let Some(saved) = &file.saved {
                line.push_str(&format!(" (replaces {saved})"));
            }
            output.name(line.as_bytes())?;
        }
    }
    output.flush()?;
    Ok(is_well)
}
