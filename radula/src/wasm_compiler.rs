//! The compiler of WASM classes: what a `radula` command is when an engine starts it as one.

use std::process::ExitCode;

/// The hidden verb of a command that is started to compile one class.
pub const WASM_COMPILER_VERB: &str = runtime::WASM_COMPILER_VERB;

/// Reads one class on standard input and answers compiled code on standard output, under ceilings it sets itself. To be
/// called before anything else is done.
#[must_use]
pub fn compile_wasm_class() -> ExitCode {
    runtime::compile_wasm_class()
}
