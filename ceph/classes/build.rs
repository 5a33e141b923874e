//! Builds the host library where Ceph's headers are. Where they are not, the crate carries none and says so at run time.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script looks for what it builds against and runs the compiler"
)]

#[path = "../headers.rs"]
mod headers;

use std::{env, path::PathBuf};

const SOURCES: [&str; 5] = ["call", "object", "omap", "registration", "services"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(host_library)");
    if env::var_os("CARGO_FEATURE_HOST").is_none() {
        return;
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../headers.rs");
    println!("cargo::rerun-if-changed=../../abi/objclass.h");
    let include = match headers::include() {
        Ok(include) => include,
        Err(missing) => {
            // What CI does not build it does not test. Everybody else hears of it when a class of Ceph's is opened.
            if env::var_os("CI").is_some() {
                let (missing, install) = (missing.display(), headers::INSTALL);
                println!("cargo::error=there is no {missing}; {install}");
            }
            return;
        }
    };
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
