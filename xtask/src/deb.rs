//! The Debian package: command, OSD engine and stub, bundled classes.
#![expect(clippy::disallowed_methods, reason = "xtask puts built files in place")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    ceph::build_plugin,
    classes::build_native_classes,
    run::{DIST, RELEASE, TaskResult, cargo, command, root, run, target_dir},
};

/// The package, and the file name of it.
const PACKAGE: &str = "radula-ceph";

/// Builds everything, optimised, and the package from it; answers the package's path.
pub(crate) fn deb() -> TaskResult<PathBuf> {
    run(cargo().args(["build", "--profile", DIST, "--package", "radula-cli"]))?;
    let plugin = build_plugin(DIST)?;
    let native = build_native_classes(RELEASE)?;
    let staged = target_dir().join("deb").join(PACKAGE);
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    put(
        &target_dir().join(DIST).join("radula"),
        &staged,
        "usr/bin/radula",
        0o755,
    )?;
    strip(&staged.join("usr/bin/radula"))?;
    for file in ["libradula_ceph.so", "libcls_stub.so"] {
        put(
            &plugin.join(file),
            &staged,
            &format!("usr/lib/radula/ceph/{file}"),
            0o644,
        )?;
        strip(&staged.join("usr/lib/radula/ceph").join(file))?;
    }
    let classes = [
        (native, "native", ".so"),
        (root().join("classes/lua"), "lua", ".lua"),
        (root().join("classes/wasm"), "wasm", ".wasm"),
    ];
    for (from, kind, suffix) in classes {
        for entry in fs::read_dir(&from)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_file() && name.ends_with(suffix) {
                let to = format!("usr/lib/radula/classes/{kind}/{name}");
                put(&path, &staged, &to, 0o644)?;
                if kind == "native" {
                    strip(&staged.join(&to))?;
                }
            }
        }
    }
    let recipe = root().join("ceph/debian");
    let documents = format!("usr/share/doc/{PACKAGE}");
    put(
        &recipe.join("copyright"),
        &staged,
        &format!("{documents}/copyright"),
        0o644,
    )?;
    put(
        &root().join("LICENSE-MIT"),
        &staged,
        &format!("{documents}/LICENSE-MIT"),
        0o644,
    )?;
    put(
        &root().join("docs/ceph.md"),
        &staged,
        &format!("{documents}/ceph.md"),
        0o644,
    )?;
    put(
        &recipe.join("install.toml"),
        &staged,
        &format!("usr/share/{PACKAGE}/install.toml"),
        0o644,
    )?;
    let architecture = answer(command("dpkg").arg("--print-architecture"))?;
    let triplet = answer(command("cc").arg("-print-multiarch"))?;
    let version = env!("CARGO_PKG_VERSION");
    let fill = |text: String| {
        text.replace("@VERSION@", version)
            .replace("@ARCHITECTURE@", &architecture)
            .replace("@CLASS_DIR@", &format!("/usr/lib/{triplet}/rados-classes"))
    };
    let libc = answer(command("dpkg-query").args(["-W", "-f", "${Version}", "libc6"]))?;
    let libc = libc.split(['-', '+']).next().unwrap_or_default();
    let size = answer(command("du").args(["-sk", "--apparent-size"]).arg(&staged))?;
    let size = size.split_whitespace().next().unwrap_or_default();
    let control = fs::read_to_string(recipe.join("control.in"))?;
    let control = fill(control)
        .replace("@LIBC@", libc)
        .replace("@SIZE@", size);
    let meta = staged.join("DEBIAN");
    fs::create_dir_all(&meta)?;
    fs::write(meta.join("control"), control)?;
    fs::write(
        meta.join("triggers"),
        fill(fs::read_to_string(recipe.join("triggers"))?),
    )?;
    for script in ["postinst", "prerm"] {
        put(&recipe.join(script), &meta, script, 0o755)?;
    }
    directories_for_all(&staged)?;
    let package = target_dir()
        .join("deb")
        .join(format!("{PACKAGE}_{version}_{architecture}.deb"));
    run(command("dpkg-deb")
        .args(["--root-owner-group", "--build"])
        .arg(&staged)
        .arg(&package))?;
    eprintln!("{}", package.display());
    Ok(package)
}

/// Builds the package, unpacks it, and installs from what was unpacked into a class directory of its own: what is in it
/// is found where it lies, and taken out again.
pub(crate) fn check() -> TaskResult {
    let package = deb()?;
    let unpacked = target_dir().join("deb").join("unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    run(command("dpkg-deb")
        .arg("--extract")
        .arg(&package)
        .arg(&unpacked))?;
    let classes = target_dir().join("deb").join("class-dir");
    fs::create_dir_all(&classes)?;
    let radula = |verb: &str| {
        let mut command = command(unpacked.join("usr/bin/radula"));
        command
            .arg("--config")
            .arg(unpacked.join("usr/share/radula-ceph/install.toml"));
        command.args(["ceph", verb, "--dest"]).arg(&classes);
        command
    };
    run(&mut radula("install"))?;
    run(&mut radula("status"))?;
    for file in [
        "libcls_hellolua.so",
        "libcls_lua.so",
        "radula/libradula_ceph.so",
    ] {
        if !classes.join(file).is_file() {
            return Err(format!("the package did not install {file}").into());
        }
    }
    run(&mut radula("uninstall"))?;
    match fs::read_dir(&classes)?.next() {
        None => Ok(()),
        Some(left) => Err(format!("{:?} was left behind", left?.path()).into()),
    }
}

fn put(from: &Path, directory: &Path, to: &str, mode: u32) -> TaskResult {
    let to = directory.join(to);
    fs::create_dir_all(to.parent().unwrap_or(directory))?;
    fs::copy(from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
    fs::set_permissions(&to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Takes out what only a debugger reads, three quarters of a program. Names of functions stay, for the log of a panic.
fn strip(file: &Path) -> TaskResult {
    run(command("strip").arg("--strip-debug").arg(file))
}

/// Whatever the umask says: classes in directories that others may write into are refused.
fn directories_for_all(directory: &Path) -> TaskResult {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            directories_for_all(&path)?;
        }
    }
    Ok(())
}

/// What a command prints.
fn answer(command: &mut std::process::Command) -> TaskResult<String> {
    let output = command
        .output()
        .map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!("{:?}: {}", command.get_program(), output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
