//! Compiles the C++ shim where Ceph's headers are, and says what to install where they are not.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script looks for what it builds against"
)]

#[path = "../headers.rs"]
mod headers;

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(osd)");
    println!("cargo::rerun-if-changed=src/shim.cc");
    println!("cargo::rerun-if-changed=../headers.rs");
    let include = match headers::include() {
        Ok(include) => include,
        Err(missing) => {
            // What CI does not build it does not test.
            let kind = if env::var_os("CI").is_some() {
                "error"
            } else {
                "warning"
            };
            let (missing, install) = (missing.display(), headers::INSTALL);
            println!(
                "cargo::{kind}=there is no {missing}: only the part of the Ceph plugin that needs no Ceph is built; {install}"
            );
            return;
        }
    };
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
