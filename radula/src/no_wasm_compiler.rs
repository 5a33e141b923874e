//! Stands in for the compiler of WASM classes in a build without that runtime.

use std::process::ExitCode;

/// The hidden verb of a command that is started to compile one class.
pub const WASM_COMPILER_VERB: &str = "wasm-compile";

/// Answers nothing: this build has no compiler.
#[must_use]
pub fn compile_wasm_class() -> ExitCode {
    eprintln!("this build compiles no WASM classes: build with cargo feature \"wasm\"");
    ExitCode::FAILURE
}
