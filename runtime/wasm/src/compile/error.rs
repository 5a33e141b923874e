//! Why a class could not be compiled.

use std::{io, path::PathBuf, time::Duration};

/// Why there is no compiled code. Each text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CompileError {
    /// The module is not what it should be.
    #[error("{text}")]
    Invalid {
        /// What is wrong, for its author.
        text: String,
    },
    /// There is nothing to compile with.
    #[error(
        "there is no compiler for wasm classes: set wasm_compiler to the radula command, or put radula or radula-wasm-compiler beside the running program or in PATH"
    )]
    NoCompiler,
    /// The compiler did not start.
    #[error("the compiler {} does not start: set wasm_compiler to the radula command", program.display())]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What was started is no compiler for this program.
    #[error("{} is no compiler for this program ({reason}): set wasm_compiler to the radula command that belongs to it", program.display())]
    NotOurs {
        /// What was started.
        program: PathBuf,
        /// Why it is not.
        reason: &'static str,
    },
    /// It was stopped at its ceiling of time.
    #[error("compiling takes longer than {} ms: make its functions smaller, or raise wasm_compile_time", time.as_millis())]
    Time {
        /// The ceiling.
        time: Duration,
    },
    /// It was stopped at its ceiling of memory.
    #[error("compiling takes more than {} of memory: make its functions smaller, or raise wasm_compile_memory", size(*memory))]
    Memory {
        /// The ceiling, in bytes.
        memory: u64,
    },
    /// It ended without an answer.
    #[error("the compiler ended without an answer ({how}){}", said(stderr))]
    Died {
        /// How it ended.
        how: String,
        /// What it said on standard error.
        stderr: String,
    },
    /// The pipes to it failed.
    #[error("the compiler cannot be talked to")]
    Pipe(#[source] io::Error),
}

/// In the words of the setting.
fn size(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) {
        format!("{}MiB", bytes >> 20)
    } else if bytes.is_multiple_of(1 << 10) {
        format!("{}KiB", bytes >> 10)
    } else {
        format!("{bytes} bytes")
    }
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!(": {stderr}")
    }
}
