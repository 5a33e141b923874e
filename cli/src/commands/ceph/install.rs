//! `ceph install`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use ceph_install::{Installation, Outcome};
use radula::Config;
use serde_json::json;

use super::classes::classes;
use crate::{
    failure::Failure,
    files::{self, Source},
    output::Output,
    verbs::InstallArgs,
};

/// Beside the command, where a package and where a build puts engine and stub.
const PARTS: [&str; 2] = ["../lib/radula/ceph", "../ceph"];

pub(super) fn install(
    output: &mut Output,
    config: Config,
    destination: PathBuf,
    args: InstallArgs,
    is_json: bool,
) -> Result<bool, Failure> {
    let (classes, unfit) = classes(config, &args.only, &args.replace)?;
    let osd_config = args
        .osd_config
        .map(|path| Source::named(&path).read(1 << 20, true))
        .transpose()?;
    let wanted = Installation {
        destination,
        engine: part(args.engine, "libradula_ceph.so")?,
        stub: part(args.stub, "libcls_stub.so")?,
        classes,
        config: osd_config,
        force: args.force,
        dry_run: args.dry_run,
    };
    let mut report = ceph_install::install(&wanted)?;
    report.left.extend(unfit);
    if is_json {
        let parts: Vec<_> = report
            .parts
            .iter()
            .map(|part| json!({ "path": part.path, "outcome": word(part.outcome), "saved": part.saved }))
            .collect();
        let left: Vec<_> = report
            .left
            .iter()
            .map(|left| json!({ "class": left.class, "reason": left.reason }))
            .collect();
        output.json(&json!({
            "ok": true,
            "dest": wanted.destination.display().to_string(),
            "dry_run": wanted.dry_run,
            "files": parts,
            "left_out": left,
        }))?;
    } else {
        for part in &report.parts {
            let path = wanted.destination.join(&part.path);
            let mut line = format!("{:<9}  {}", word(part.outcome), path.display());
            if let Some(saved) = &part.saved {
                line.push_str(&format!(" (the file that was there is kept as {saved})"));
            }
            output.name(line.as_bytes())?;
        }
        for left in &report.left {
            let line = format!("left out   class {}: {}", left.class, left.reason);
            output.name(line.as_bytes())?;
        }
        if wanted.dry_run {
            writeln!(output, "nothing was done")?;
        }
    }
    output.flush()?;
    Ok(true)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Installed => "installed",
        Outcome::Replaced => "replaced",
        Outcome::Unchanged => "unchanged",
        Outcome::Removed => "removed",
    }
}

/// A part that comes with this command.
fn part(named: Option<PathBuf>, file: &'static str) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path);
    }
    let here = files::program().ok();
    let here = here.as_deref().and_then(Path::parent);
    here.into_iter()
        .flat_map(|here| PARTS.map(|folder| here.join(folder).join(file)))
        .find(|path| files::is_file(path))
        .ok_or(Failure::NoPart { file })
}
