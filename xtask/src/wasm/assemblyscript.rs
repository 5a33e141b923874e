//! WASM classes in AssemblyScript: its compiler from npm, in the versions of the lock file.
#![expect(
    clippy::disallowed_methods,
    reason = "puts lock files where npm installs"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::run::{TaskResult, command, first_line, root, run, target_dir};

const SDK: &str = "sdk/wasm/assemblyscript";

/// The compiler, installed in the target directory.
pub(super) fn ensure() -> TaskResult<PathBuf> {
    let directory = directory();
    let lock = fs::read(root().join(SDK).join("package-lock.json"))?;
    let installed = directory.join("package-lock.json");
    let compiler = directory.join("node_modules/.bin/asc");
    if !compiler.exists() || fs::read(&installed).ok().as_ref() != Some(&lock) {
        fs::create_dir_all(&directory)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(root().join(SDK).join(file), directory.join(file))?;
        }
        run(command("npm").current_dir(&directory).args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]))?;
    }
    Ok(compiler)
}

fn directory() -> PathBuf {
    target_dir().join("tools/assemblyscript")
}

/// Builds the core module of one class.
pub(super) fn build(compiler: &Path, source: &str, core: &Path) -> TaskResult {
    run(command(compiler)
        .arg(source)
        .args(["--runtime", "stub", "-Oz", "--debug"])
        .args(["--use", &format!("abort={SDK}/objclass/abort"), "--outFile"])
        .arg(core))
}

/// The compiler.
pub(super) fn version() -> TaskResult<String> {
    let version = first_line(command(ensure()?).arg("--version"))?;
    Ok(format!(
        "AssemblyScript {}",
        version.trim_start_matches("Version ")
    ))
}
