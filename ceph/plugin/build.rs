//! Compiles the C++ shim where Ceph's headers are, and says what to install where they are not.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script looks for what it builds against"
)]

use std::{env, path::Path};

const HEADERS: [&str; 2] = ["rados/objclass.h", "rados/buffer.h"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(osd)");
    println!("cargo::rerun-if-changed=src/shim.cc");
    println!("cargo::rerun-if-env-changed=CEPH_INCLUDE");
    println!("cargo::rerun-if-env-changed=CI");
    let include = env::var("CEPH_INCLUDE").unwrap_or_else(|_| "/usr/include".to_owned());
    let missing = HEADERS
        .iter()
        .map(|header| Path::new(&include).join(header))
        .find(|path| !path.exists());
    if let Some(path) = missing {
        println!("cargo::rerun-if-changed={}", path.display());
        let message = format!(
            "there is no {}: only the part of the Ceph plugin that needs no Ceph is built; `cargo xtask install` installs it (Debian: apt-get install rados-objclass-dev libradospp-dev)",
            path.display()
        );
        // What CI does not build it does not test.
        if env::var_os("CI").is_some() {
            println!("cargo::error={message}");
        } else {
            println!("cargo::warning={message}");
        }
        return;
    }
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .include(include)
        .flag("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .file("src/shim.cc")
        .compile("radula_ceph_shim");
    println!("cargo::rustc-cfg=osd");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libradula_ceph.so");
    // The OSD closes its classes when it ends; what still runs then must stay mapped.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
