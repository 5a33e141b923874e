//! Builds the host library where Ceph's headers are. Where they are not, the crate carries none and says so at run time.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script looks for what it builds against and runs the compiler"
)]

use std::{
    env,
    path::{Path, PathBuf},
};

const HEADERS: [&str; 2] = ["rados/objclass.h", "rados/buffer.h"];
const SOURCES: [&str; 5] = ["call", "object", "omap", "registration", "services"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(host_library)");
    if env::var_os("CARGO_FEATURE_HOST").is_none() {
        return;
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../../abi/objclass.h");
    println!("cargo::rerun-if-env-changed=CEPH_INCLUDE");
    println!("cargo::rerun-if-env-changed=CI");
    let include = env::var("CEPH_INCLUDE").unwrap_or_else(|_| "/usr/include".to_owned());
    let missing = HEADERS
        .iter()
        .map(|header| Path::new(&include).join(header))
        .find(|path| !path.exists());
    if let Some(path) = missing {
        println!("cargo::rerun-if-changed={}", path.display());
        // What CI does not build it does not test. Everybody else hears of it when a class of Ceph's is opened.
        if env::var_os("CI").is_some() {
            println!(
                "cargo::error=there is no {}; `cargo xtask install` installs it (Debian: apt-get install rados-objclass-dev libradospp-dev)",
                path.display()
            );
        }
        return;
    }
    let library =
        PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a directory")).join("host.so");
    let mut compiler = cc::Build::new()
        .cpp(true)
        .std("c++17")
        .include(include)
        .pic(true)
        .flag("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .get_compiler()
        .to_command();
    // Bound when it is opened, as the classes are: what libceph-common lacks is an error then and no crash later.
    compiler
        .args(["-shared", "-Wl,-z,now", "-Wl,-z,noexecstack", "-o"])
        .arg(&library);
    compiler.args(SOURCES.map(|source| format!("src/host/{source}.cc")));
    let status = compiler.status();
    if !status.as_ref().is_ok_and(|status| status.success()) {
        println!("cargo::error=the host library of Ceph's classes was not built: {status:?}");
        return;
    }
    println!(
        "cargo::rustc-env=RADULA_CEPH_HOST_LIBRARY={}",
        library.display()
    );
    println!("cargo::rustc-cfg=host_library");
}
