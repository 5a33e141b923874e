//! The crate outside the workspace, as somebody else's program: a runtime and a store of its own pass the behaviour suite.
#![expect(clippy::disallowed_methods, reason = "copies a file of the repository")]

use std::process::Command;

use crate::run::{TaskResult, cargo, root, run, target_dir};

const MANIFEST: &str = "tests/outside/Cargo.toml";

/// Runs its tests.
pub(crate) fn outside() -> TaskResult {
    run(asked("test")?.args(["--manifest-path", MANIFEST]))
}

/// Checks it as CI checks the workspace.
pub(crate) fn check_outside() -> TaskResult {
    run(cargo().args(["fmt", "--check", "--manifest-path", MANIFEST]))?;
    run(asked("clippy")?
        .args(["--all-targets", "--manifest-path", MANIFEST])
        .args(["--", "-D", "warnings"]))
}

/// Cargo for it: with the versions of the workspace, and beside what the workspace is built of.
fn asked(task: &str) -> TaskResult<Command> {
    let lock = root().join("tests/outside/Cargo.lock");
    std::fs::copy(root().join("Cargo.lock"), lock)?;
    let mut cargo = cargo();
    cargo.arg(task).env("CARGO_TARGET_DIR", target_dir());
    Ok(cargo)
}
