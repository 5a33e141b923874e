//! Ceph's headers, for the build scripts of what is compiled against them.

use std::{
    env,
    path::{Path, PathBuf},
};

/// What is compiled against.
const HEADERS: [&str; 2] = ["rados/objclass.h", "rados/buffer.h"];

/// How to get one that is missing.
pub(crate) const INSTALL: &str =
    "`cargo xtask install` installs it (Debian: apt-get install rados-objclass-dev libradospp-dev)";

/// The directory they are in: `CEPH_INCLUDE`, or where packages put them. The script runs again when that changes.
///
/// # Errors
/// The first that is missing.
pub(crate) fn include() -> Result<String, PathBuf> {
    println!("cargo::rerun-if-env-changed=CEPH_INCLUDE");
    println!("cargo::rerun-if-env-changed=CI");
    let include = env::var("CEPH_INCLUDE").unwrap_or_else(|_| "/usr/include".to_owned());
    let missing = HEADERS
        .iter()
        .map(|header| Path::new(&include).join(header))
        .find(|path| !path.exists());
    match missing {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", path.display());
            Err(path)
        }
        None => Ok(include),
    }
}
