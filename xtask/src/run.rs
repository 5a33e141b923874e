//! Starting other programs: echo, run, time, fail loudly.
#![expect(
    clippy::disallowed_methods,
    reason = "starting cargo and other tools is what xtask is for"
)]

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// What a task returns.
pub(crate) type TaskResult<T = ()> = Result<T, Box<dyn Error>>;

/// The profile of what a newcomer builds and tests use: optimised, quick to compile. Its directory has the same name.
pub(crate) const RELEASE: &str = "release";

/// The profile of packages and of figures that are kept: optimised across crates.
pub(crate) const DIST: &str = "dist";

/// The root of the workspace, whatever folder the task was started in.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a member of the workspace")
}

/// Cargo's target directory, which the environment may have moved.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command that starts in the root of the workspace.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Prints `command`, runs it, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> TaskResult {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let started = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|e| format!("{shown}: {e}"))?;
    eprintln!("  [{:.1} s]", started.elapsed().as_secs_f64());
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}").into())
    }
}

/// What `command` prints; fails when it fails.
pub(crate) fn output(command: &mut Command) -> TaskResult<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{shown}: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("{shown}: {}\n{errors}", output.status).into())
    }
}

/// The first line that `command` prints.
pub(crate) fn first_line(command: &mut Command) -> TaskResult<String> {
    Ok(output(command)?
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// Whether `program` can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
