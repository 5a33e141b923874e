//! librados of newer releases with a Python that uses it, each in a root folder of its own with every library it needs, the C
//! library included: clients for tests of the server.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask puts fetched files in place"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::apt::{self, PrivateApt};
use crate::run::{TaskResult, run, target_dir};

/// The folder below `target/tools`, and the release of Debian that has that release of Ceph.
const CLIENTS: &[(&str, &str)] = &[("client-18", "trixie"), ("client-20", "sid")];
const PACKAGE: &str = "python3-rados";

/// What of a package is not used.
const UNUSED: &[&str] = &[
    "--exclude=./usr/share",
    "--exclude=./etc",
    "--exclude=./var",
    "--exclude=./usr/lib/x86_64-linux-gnu/gconv",
];

/// Unpacks them, unless that was done.
pub(super) fn install() -> TaskResult {
    for (folder, release) in CLIENTS {
        let tools = target_dir().join("tools");
        let (root, fetched) = (tools.join(folder), tools.join(format!("{folder}.fetched")));
        let stamp = root.join("unpacked");
        if stamp.exists() {
            continue;
        }
        if !apt::can_fetch(&format!("clients of Ceph in Debian {release}"))? {
            return Ok(());
        }
        for directory in [&root, &fetched] {
            if directory.exists() {
                fs::remove_dir_all(directory)?;
            }
            fs::create_dir_all(directory)?;
        }
        let apt = PrivateApt::of(release, &fetched)?;
        run(apt
            .get(&["--yes", "--no-install-recommends", "--download-only"])
            .args(["install", PACKAGE]))?;
        for entry in fs::read_dir(apt.archives())? {
            let package = entry?.path();
            if package.extension().is_some_and(|kind| kind == "deb") {
                unpack(&package, &root)?;
            }
        }
        fs::remove_dir_all(&fetched)?;
        fs::write(&stamp, *release)?;
    }
    Ok(())
}

fn unpack(package: &Path, root: &Path) -> TaskResult {
    let mut tar = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()?;
    let files = tar.stdout.take().ok_or("dpkg-deb has no output")?;
    let unpacked = Command::new("tar")
        .args(["--extract", "--directory"])
        .arg(root)
        .args(UNUSED)
        .stdin(files)
        .status()?;
    match tar.wait()?.success() && unpacked.success() {
        true => Ok(()),
        false => Err(format!("{} cannot be unpacked", package.display()).into()),
    }
}
