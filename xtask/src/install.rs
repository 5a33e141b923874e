//! What building and testing need beside cargo.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask looks at the machine and at what it built"
)]

mod apt;
mod ceph18;
mod clients;

use std::path::Path;

use crate::run::{TaskResult, cargo, command, exists, run};

/// Program or file (with a `/`) to look for, and the Debian packages that have it.
const NEEDED: &[(&str, &str)] = &[
    ("cc", "gcc libc6-dev"),
    ("c++", "g++"),
    // The plugin for Ceph's OSDs and the client for clusters, and what their tests start.
    ("ceph-mon", "ceph-mon"),
    ("ceph-osd", "ceph-osd"),
    ("ceph", "ceph-common"),
    ("/usr/include/rados/librados.h", "librados-dev"),
    ("/usr/include/rados/buffer.h", "libradospp-dev"),
    ("/usr/include/rados/objclass.h", "rados-objclass-dev"),
    ("/usr/share/doc/python3-rados/copyright", "python3-rados"),
    // Peers of the benchmark, which CI runs quickly.
    ("redis-server", "redis-server"),
    ("tarantool", "tarantool"),
    // The recipes of the bundled WASM classes.
    ("clang-19", "clang-19"),
    ("wasm-ld-19", "lld-19"),
    ("/usr/lib/wasm32-wasi/libc.a", "wasi-libc"),
    (
        "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a",
        "libclang-rt-19-dev-wasm32",
    ),
    ("npm", "nodejs npm"),
];

pub(crate) fn install() -> TaskResult {
    // A build fetches the crates of its own platform only; to ask cargo about the whole graph offline (licences,
    // tests) needs them all.
    run(cargo().args(["fetch", "--locked"]))?;
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(needed, _)| !present(needed))
        .flat_map(|(_, packages)| packages.split(' '))
        .collect();
    if missing.is_empty() {
        eprintln!("no package to install");
    } else {
        install_packages(&missing)?;
    }
    ceph18::install()?;
    clients::install()?;
    crate::wasm::install()
}

fn present(needed: &str) -> bool {
    if needed.contains('/') {
        Path::new(needed).exists()
    } else {
        exists(needed)
    }
}

pub(crate) fn install_packages(missing: &[&str]) -> TaskResult {
    if !exists("apt-get") {
        return Err(format!(
            "install these packages with your system's own tool: {}",
            missing.join(" ")
        )
        .into());
    }
    run(command("apt-get").arg("update"))?;
    run(command("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing))
}
