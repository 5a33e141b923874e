//! The backends this build has.
//!
//! This crate knows their names and their order, nothing else: what a backend is, is said by
//! [`objclass::ClassBackend`]; what is done with one, by the loader.
#![forbid(unsafe_code)]

mod default_backends;
mod options;
#[cfg(feature = "wasm")]
mod wasm_compiler;

pub use default_backends::{backends, default_backends};
pub use options::{Options, WasmCompiler};
#[cfg(feature = "wasm")]
pub use wasm_compiler::{WASM_COMPILER_VERB, compile_wasm_class};
