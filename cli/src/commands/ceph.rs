//! `ceph`: Radula in the class directory of this machine's OSDs.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use ceph_install::{Class, Installation, Left, Outcome};
use clap::{Args, Subcommand, ValueHint};
use radula::{
    Config, Radula,
    runtime::{self, EVAL_CLASS, LUA},
    runtime::{ClassState, ClassStatus},
};
use serde_json::json;

use crate::{failure::Failure, files::Source, output::Output};

/// Beside the command, where a package and where a build puts engine and stub.
const PARTS: [&str; 2] = ["../lib/radula/ceph", "../ceph"];
/// No class file is larger.
const MAX_CLASS: u64 = 1 << 30;

#[derive(Debug, Subcommand)]
pub(crate) enum CephVerb {
    /// Install engine, classes and their stubs, or bring them up to date
    ///
    /// Installs every class in the class directories (--class-dir, --lua-class-dir and --wasm-class-dir) that
    /// loads. Files are written beside and renamed, so it may run while OSDs do. A class is left out when a file of its
    /// name is there that is not ours; those that Ceph's own services call are never replaced.
    #[command(after_help = "\
Examples:
  radula ceph install --dry-run
  radula ceph install
  radula ceph install --lua-class-dir ./classes --only counter
  radula ceph install --only lua --force          Radula's class lua instead of Ceph's")]
    Install(InstallArgs),
    /// Print what is installed, what was changed since, and the classes of others
    #[command(after_help = "\
Exit status: 0 all is as installed, or nothing is; 1 something is missing, changed or half done.

Examples:
  radula ceph status
  radula ceph status --json")]
    Status(DestArgs),
    /// Remove what was installed, and put back what it replaced
    #[command(after_help = "Examples:\n  radula ceph uninstall")]
    Uninstall(UninstallArgs),
}

#[derive(Args, Debug)]
pub(crate) struct DestArgs {
    /// The OSDs' class directory (osd_class_dir); where Ceph's packages have it unless given
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dest: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    dest: DestArgs,
    /// The engine, libradula_ceph.so; the one beside this command unless given
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    engine: Option<PathBuf>,
    /// The stub, libcls_stub.so; the one beside this command unless given
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    stub: Option<PathBuf>,
    /// The configuration of the OSDs' engine, put in place as radula/radula.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    osd_config: Option<PathBuf>,
    /// Only this class; repeatable
    #[arg(long, value_name = "CLASS")]
    only: Vec<String>,
    /// Replace files that are not ours, keep them beside as NAME.radula-saved
    #[arg(long)]
    force: bool,
    /// Tell what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    dest: DestArgs,
    /// Remove files too that were changed since they were installed
    #[arg(long)]
    force: bool,
}

/// Returns whether all is well.
pub(crate) fn run(
    output: &mut Output,
    config: Config,
    verb: CephVerb,
    is_json: bool,
) -> Result<bool, Failure> {
    match verb {
        CephVerb::Install(args) => install(output, config, args, is_json),
        CephVerb::Status(args) => status(output, &destination(args)?, is_json),
        CephVerb::Uninstall(args) => uninstall(output, args, is_json),
    }
}

fn destination(args: DestArgs) -> Result<PathBuf, Failure> {
    let usual = || {
        ceph_install::DEFAULT_DIRECTORIES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_dir())
    };
    args.dest.or_else(usual).ok_or(Failure::NoClassDirectory)
}

fn install(
    output: &mut Output,
    config: Config,
    args: InstallArgs,
    is_json: bool,
) -> Result<bool, Failure> {
    let destination = destination(args.dest)?;
    let (classes, unfit) = classes(config, &args.only)?;
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
        stop_after: None,
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
                line.push_str(&format!(" (what was there is kept as {saved})"));
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
    let here = std::env::current_exe().ok();
    let here = here.as_deref().and_then(Path::parent);
    here.into_iter()
        .flat_map(|here| PARTS.map(|folder| here.join(folder).join(file)))
        .find(|path| path.is_file())
        .ok_or(Failure::NoPart { file })
}

/// The classes to install, and those that do not open. Opened is what will be installed: its content is compared to the
/// digest of what was opened.
fn classes(config: Config, only: &[String]) -> Result<(Vec<Class>, Vec<Left>), Failure> {
    let radula = Radula::open(config.with("store", "memory")?)?;
    radula.loader().preload();
    let table = radula.loader().list();
    let mut classes = Vec::new();
    let mut unfit = Vec::new();
    for found in &table.classes {
        let name = found.name.as_str();
        let is_named = only.iter().any(|named| named == name);
        if !(only.is_empty() || is_named || name == EVAL_CLASS) {
            continue;
        }
        if found.state == ClassState::Open {
            classes.push(class(found, is_named)?);
            continue;
        }
        let reason = match &found.error {
            Some(error) if is_named => {
                return Err(Failure::Class {
                    class: name.to_owned(),
                    error: error.clone(),
                });
            }
            Some(error) => error.reason(),
            None => found.state.name().to_owned(),
        };
        unfit.push(Left {
            class: name.to_owned(),
            reason,
        });
    }
    for name in only {
        if !classes.iter().any(|class| class.name == *name) {
            return Err(Failure::NoClassToInstall {
                class: name.clone(),
            });
        }
    }
    let needs_lua = |class: &Class| class.kind == Some(LUA) || class.is_named;
    if !classes.iter().any(needs_lua) {
        classes.retain(|class| class.name != EVAL_CLASS);
    }
    Ok((classes, unfit))
}

fn class(found: &ClassStatus, is_named: bool) -> Result<Class, Failure> {
    let kind = found
        .file
        .as_ref()
        .and(runtime::kind(found.runtime))
        .copied();
    let content = match &found.file {
        Some(path) => Source::File(path).read(MAX_CLASS, true)?,
        None => Vec::new(),
    };
    let opened = found.digest.map(|digest| digest.to_string());
    if found.file.is_some() && opened.as_deref() != Some(&*ceph_install::digest(&content)) {
        return Err(Failure::ClassChanged {
            class: found.name.to_string(),
        });
    }
    Ok(Class {
        name: found.name.to_string(),
        kind,
        content,
        is_named,
    })
}

fn status(output: &mut Output, destination: &Path, is_json: bool) -> Result<bool, Failure> {
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
            writeln!(
                output,
                "the last installation did not get to its end: repeat it"
            )?;
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

fn uninstall(output: &mut Output, args: UninstallArgs, is_json: bool) -> Result<bool, Failure> {
    let destination = destination(args.dest)?;
    let removal = ceph_install::uninstall(&destination, args.force, None)?;
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
