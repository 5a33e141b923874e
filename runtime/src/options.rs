//! What a configuration says of the backends.

use std::{path::PathBuf, time::Duration};

/// What the embedding program decides about the backends of this build. What is about a backend that is not built is not
/// looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What compiles WASM classes.
    pub wasm_compiler: WasmCompiler,
    /// Where compiled WASM classes are kept; `None` keeps none.
    pub wasm_cache_dir: Option<PathBuf>,
    /// How long a WASM class may take to compile; `None` is the backend's own.
    pub wasm_compile_time: Option<Duration>,
    /// Bytes of memory a WASM class may take to compile; `None` is the backend's own.
    pub wasm_compile_memory: Option<u64>,
    /// Whether traps of WASM classes must not come as signals: for a process whose signals are somebody else's, such as
    /// a Ceph OSD. Then no handler is installed and each access is checked in code.
    pub without_signals: bool,
}

/// What compiles WASM classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WasmCompiler {
    /// A `radula` command that is found by its place.
    #[default]
    Search,
    /// This program, a `radula` command.
    Program(PathBuf),
    /// This process, where nothing can stop it.
    InProcess,
}

#[cfg(feature = "wasm")]
impl Options {
    pub(crate) fn wasm(&self) -> runtime_wasm::WasmOptions {
        use runtime_wasm::Compiler;

        let mut options = runtime_wasm::WasmOptions::default();
        options.compiler = match &self.wasm_compiler {
            WasmCompiler::Search => Compiler::Search,
            WasmCompiler::Program(program) => Compiler::Program(program.clone()),
            WasmCompiler::InProcess => Compiler::InProcess,
        };
        options.cache.clone_from(&self.wasm_cache_dir);
        options.signals = !self.without_signals;
        if let Some(time) = self.wasm_compile_time {
            options.compile_time = time;
        }
        if let Some(memory) = self.wasm_compile_memory {
            options.compile_memory = memory;
        }
        options
    }
}
