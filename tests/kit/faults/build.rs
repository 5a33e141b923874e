//! Compiles the library that is preloaded into processes under test.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script starts the compiler and is told its directory by variables"
)]

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=src/shim.c");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    let shim = Path::new(&out).join("libfaults.so");
    let status = Command::new("cc")
        .args([
            "-std=gnu11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O2",
            "-fPIC",
            "-shared",
            "-o",
        ])
        .arg(&shim)
        .args(["src/shim.c", "-ldl", "-lpthread"])
        .status()
        .expect("the C compiler starts; `cargo xtask install` installs it");
    assert!(status.success(), "the C compiler failed: {status}");
    println!("cargo::rustc-env=FAULTS_SHIM={}", shim.display());
}
