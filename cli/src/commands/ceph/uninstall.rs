//! `ceph uninstall`.

use std::{io::Write as _, path::Path};

use serde_json::json;

use crate::{failure::Failure, output::Output};

pub(super) fn uninstall(
    output: &mut Output,
    destination: &Path,
    force: bool,
    is_json: bool,
) -> Result<bool, Failure> {
    let removal = ceph_install::uninstall(destination, force)?;
    if is_json {
        let left: Vec<_> = removal
            .left
            .iter()
            .map(|(path, reason)| json!({ "path": path, "reason": reason }))
            .collect();
        output.json(&json!({
            "ok": true,
            "dest": destination.display().to_string(),
            "removed": removal.removed,
            "put_back": removal.put_back,
            "left": left,
        }))?;
    } else {
        for path in &removal.removed {
            output.name(format!("removed    {path}").as_bytes())?;
        }
        for path in &removal.put_back {
            output.name(format!("put back   {path}").as_bytes())?;
        }
        for (path, reason) in &removal.left {
            output.name(format!("left       {path}: {reason}").as_bytes())?;
        }
    }
    output.flush()?;
    Ok(true)
}
