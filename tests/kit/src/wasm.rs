//! The WASM backend as tests use it.

use std::{sync::Arc, time::Duration};

use runtime::Runtime;
use runtime_wasm::{Compiler, WasmBackend, WasmOptions};

/// The runtimes of this build, WASM with the `radula` command of this checkout as its compiler. What that made is kept
/// beside what the tests were built of: hundreds of engines open the same few classes.
///
/// # Panics
/// When the command does not build.
#[must_use]
pub fn runtimes() -> Vec<Runtime> {
    let mut runtimes = runtime::default_runtimes();
    for row in &mut runtimes {
        if row.kind == runtime::WASM {
            row.backend = Some(Arc::new(WasmBackend::with_options(options())));
        }
    }
    runtimes
}

fn options() -> WasmOptions {
    let radula = crate::binary::radula();
    let mut options = WasmOptions::default();
    options.compiler = Compiler::Program(radula.to_owned());
    // A compiler without optimisations, on a machine that runs tests.
    options.compile_time = Duration::from_secs(60);
    options.cache = radula
        .parent()
        .map(|built| built.join("testkit-wasm-cache"));
    options
}
