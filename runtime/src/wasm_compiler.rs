//! The compiler of WASM classes, for the command that is started as one.

use std::process::ExitCode;

/// The hidden verb a command is started with to compile one class.
pub const WASM_COMPILER_VERB: &str = runtime_wasm::COMPILER_VERB;

/// The whole of a process that compiles one class: see [`runtime_wasm::compiler_main`].
#[must_use]
pub fn compile_wasm_class() -> ExitCode {
    runtime_wasm::compiler_main()
}
