//! The facade on the memory store, with a trusted class made for the purpose.

mod calls;
mod filter;
mod operations;
mod own_runtime;
mod probe;
mod settings;
mod stream;
#[cfg(not(any(feature = "disk", feature = "lua", feature = "wasm")))]
mod without_features;

use std::sync::Arc;

use runtime::Runtime;

use crate::{Config, IoCtx, Radula};

/// An engine with class `probe` and nothing of this machine.
fn engine() -> Radula {
    engine_with(|config| config)
}

fn engine_with(change: impl FnOnce(Config) -> Config) -> Radula {
    let config = Config::default().in_memory();
    let probe = Runtime::new(probe::KIND, Arc::new(probe::ProbeBackend));
    Radula::builder()
        .config(change(config))
        .runtimes(vec![probe])
        .open()
        .unwrap()
}

fn pool() -> IoCtx {
    engine().ioctx("p")
}
