//! Building what goes into a Ceph OSD: the engine and the stub.
#![expect(clippy::disallowed_methods, reason = "xtask puts built files in place")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::run::{TaskResult, cargo, command, root, run, target_dir};

const ENGINE: &str = "libradula_ceph.so";
const STUB: &str = "libcls_stub.so";

/// What the engine's shim includes.
const HEADER: &str = "/usr/include/rados/objclass.h";

/// Whether this machine has Ceph's headers.
pub(crate) fn can_build_plugin() -> bool {
    Path::new(HEADER).exists() || std::env::var_os("CEPH_INCLUDE").is_some()
}

/// Builds engine and stub with `profile`, and returns the directory they are in.
pub(crate) fn build_plugin(profile: &str) -> TaskResult<PathBuf> {
    if !can_build_plugin() {
        return Err(format!("there is no {HEADER}: `cargo xtask install` installs it").into());
    }
    let directory = target_dir().join("ceph");
    fs::create_dir_all(&directory)?;
    run(cargo().args([
        "build",
        "--profile",
        profile,
        "--package",
        "radula-ceph-plugin",
    ]))?;
    install(
        &target_dir().join(profile).join(ENGINE),
        &directory.join(ENGINE),
    )?;
    let built = directory.join(format!("{STUB}.built"));
    run(command("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-O2", "-fPIC", "-shared"])
        .args(["-fvisibility=hidden", "-Wl,-z,relro,-z,now", "-s"])
        // The stub finds the engine in the folder beside itself, and nowhere else.
        .args(["-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/radula"])
        .arg("-o")
        .arg(&built)
        .arg(root().join("ceph/plugin/stub/stub.c"))
        .arg(directory.join(ENGINE)))?;
    install(&built, &directory.join(STUB))?;
    fs::remove_file(&built)?;
    Ok(directory)
}

/// Copies `from` to `to`: there at once or not at all, writable by its owner only, and without the second name that
/// cargo gives its output. A library that is mapped must not be written over.
fn install(from: &Path, to: &Path) -> TaskResult {
    let new = to.with_extension("so.new");
    fs::copy(from, &new).map_err(|e| format!("{}: {e}", from.display()))?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
    fs::rename(&new, to)?;
    Ok(())
}
