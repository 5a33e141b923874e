//! WASM classes in C: Debian's clang, lld and wasi-libc.

use std::path::Path;

use super::STACK;
use crate::run::{TaskResult, command, first_line, run};

const CLANG: &str = "clang-19";

/// What every class is linked with.
const SDK: &[&str] = &[
    "sdk/wasm/c/objclass.c",
    "sdk/wasm/c/allocator.c",
    "sdk/wasm/c/object_class.c",
];

/// Builds the core module of one class.
pub(super) fn build(source: &str, core: &Path) -> TaskResult {
    run(command(CLANG)
        .args(["--target=wasm32-wasi", "-std=c2x", "-Os", "-mbulk-memory"])
        .args(["-Wall", "-Wextra", "-Werror"])
        .args(["-nostartfiles", "-I", "sdk/wasm/c"])
        .arg(format!(
            "-Wl,--no-entry,--stack-first,-z,stack-size={STACK},--strip-debug"
        ))
        .arg("-o")
        .arg(core)
        .arg(source)
        .args(SDK))
}

/// The compiler, and the library it links.
pub(super) fn version() -> TaskResult<String> {
    let clang = first_line(command(CLANG).arg("--version"))?;
    let libc = first_line(command("dpkg-query").args(["-W", "-f", "${Version}", "wasi-libc"]))?;
    Ok(format!("{clang}, wasi-libc {libc}"))
}
