//! What an embedder decides about the backend.

use std::{path::PathBuf, time::Duration};

use crate::{guards::Guards, scan::ScanLimits};

/// What compiles classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compiler {
    /// A program found by its place: this executable if it is `radula`; else `radula-wasm-compiler` or `radula` beside
    /// it, or in `PATH`.
    #[default]
    Search,
    /// This program, called with the argument `wasm-compile`.
    Program(PathBuf),
    /// This process, without the ceilings of time and memory: compiling cannot be stopped. For embedders whose classes
    /// are their own.
    InProcess,
}

/// How the backend runs and compiles. [`Default`] is what a `radula` command uses, without a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WasmOptions {
    /// Whether traps may come as signals (`SIGSEGV`, `SIGILL`, `SIGFPE`, with handlers for the whole process). Without,
    /// no handler is installed and every access is checked in code: for hosts with handlers of their own, such as an OSD.
    pub signals: bool,
    /// What compiles classes.
    pub compiler: Compiler,
    /// Longest time one class may take to compile.
    pub compile_time: Duration,
    /// Memory the compiler may use for one class, in bytes, beyond what the program itself occupies.
    pub compile_memory: u64,
    /// Directory of compiled classes, made (mode 0700) when missing. `None` compiles at every start.
    pub cache: Option<PathBuf>,
    /// What a module may hold at most.
    pub scan: ScanLimits,
    /// What holds guests.
    pub guards: Guards,
}

impl WasmOptions {
    /// What a module may hold at most, unless nothing holds it.
    pub(crate) fn scan_limits(&self) -> ScanLimits {
        if self.guards.scan {
            self.scan
        } else {
            ScanLimits::NONE
        }
    }
}

impl Default for WasmOptions {
    fn default() -> Self {
        Self {
            signals: true,
            compiler: Compiler::Search,
            compile_time: Duration::from_secs(2),
            compile_memory: 256 << 20,
            cache: None,
            scan: ScanLimits::default(),
            guards: Guards::ALL,
        }
    }
}
