//! The WASM backend as tests use it.

use std::{sync::Arc, time::Duration};

use objclass::ClassBackend;
use runtime_wasm::{Compiler, WasmBackend, WasmOptions};

/// The backends of this build, WASM with the `radula` command of this checkout as its compiler. What that made is kept
/// beside what the tests were built of: hundreds of engines open the same few classes.
///
/// # Panics
/// When the command does not build.
#[must_use]
pub fn backends() -> Vec<Arc<dyn ClassBackend>> {
    let mut backends = runtime::default_backends();
    for backend in &mut backends {
        if backend.name() == "wasm" {
            *backend = Arc::new(WasmBackend::with_options(options()));
        }
    }
    backends
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
