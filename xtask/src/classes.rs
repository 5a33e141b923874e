//! Building the bundled native classes to where a development build looks for them.
//!
//! Cargo's own output cannot serve: it hard-links it, and a class file with a second name is refused, because the
//! owner of the other name could change it.
#![expect(clippy::disallowed_methods, reason = "xtask puts built files in place")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::run::{TaskResult, cargo, command, root, run, target_dir};

/// Bundled classes in Rust: class name and package.
const RUST: &[(&str, &str)] = &[("hello", "radula-class-hello")];

/// Bundled classes in C: class name and source.
const C: &[(&str, &str)] = &[("hello_c", "classes/native/hello_c/hello_c.c")];

/// Builds the bundled native classes, optimised, and installs them for the profile directory `profile` (`debug` or
/// `release`); answers the directory.
pub(crate) fn build_native_classes(profile: &str) -> TaskResult<PathBuf> {
    let directory = target_dir().join(profile).join("classes/native");
    fs::create_dir_all(&directory)?;
    let packages = RUST.iter().flat_map(|(_, package)| ["--package", package]);
    run(cargo().args(["build", "--release"]).args(packages))?;
    for (class, _) in RUST {
        let file = file_name(class);
        install(&target_dir().join("release").join(&file), &directory, &file)?;
    }
    for (class, source) in C {
        let file = file_name(class);
        let built = directory.join(format!("{file}.built"));
        run(command("cc")
            .args(["-std=c11", "-Wall", "-Wextra", "-O2", "-fPIC", "-shared"])
            .arg("-fvisibility=hidden")
            .arg("-I")
            .arg(root().join("abi"))
            .arg("-o")
            .arg(&built)
            .arg(root().join(source)))?;
        install(&built, &directory, &file)?;
        fs::remove_file(&built)?;
    }
    Ok(directory)
}

fn file_name(class: &str) -> String {
    format!("libcls_{class}.so")
}

/// Copies `from` into `directory` as `file`: writable by its owner only, and there at once or not at all.
fn install(from: &Path, directory: &Path, file: &str) -> TaskResult {
    let new = directory.join(format!("{file}.new"));
    fs::copy(from, &new).map_err(|e| format!("{}: {e}", from.display()))?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
    fs::rename(&new, directory.join(file))?;
    Ok(())
}
