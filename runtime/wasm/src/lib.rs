//! Object classes in WebAssembly: `cls_NAME.wasm`, components under the world of `wit/`.
//!
//! A WASM class is **confined**: it reaches its object, the log and other methods, nothing else. Every call gets a fresh instance
//! from a component that was compiled and linked once, so nothing of a call is left for the next one. Fuel, deadline and memory
//! are enforced by the compiled code and its pool; all other limits, and what a method may do to its object, by
//! [`objclass::Context`], as for every runtime.
//!
//! Compiling is what a hostile module attacks first. It happens in a process of its own ([`compiler_main`]) under ceilings of
//! time and memory, and what it made is kept in a directory nobody else can touch. Compiled code is taken from nowhere else.
//!
//! What it is not: an embedding of WASI, or of modules without the component model.
//!
//! ```
//! use objclass::{ClassBackend, ClassName, Digest, Limits, Module};
//! use runtime_wasm::{WasmBackend, WasmOptions};
//!
//! // For a host with signal handlers of its own.
//! let mut options = WasmOptions::default();
//! options.signals = false;
//! let backend = WasmBackend::with_options(options);
//!
//! let module = Module {
//!     class: ClassName::new("greeter")?,
//!     file: "cls_greeter.wasm".to_owned(),
//!     bytes: "(component)".into(),
//!     digest: Digest([0; 32]),
//! };
//! let error = backend.open(&module, &Limits::INSTALLED).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "cls_greeter.wasm: it is WebAssembly in text form; assemble it first (`wasm-tools parse`)"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backend;
mod call;
mod class;
mod compile;
mod compiled;
mod engine;
mod guards;
mod host;
mod open;
mod options;
mod outcome;
mod places;
mod scan;
mod shared;
mod ticker;
mod world;

pub use backend::WasmBackend;
pub use compile::{COMPILER_VERB, compiler_main};
pub use engine::engine_for_benchmarks;
pub use guards::Guards;
pub use options::{Compiler, WasmOptions};
pub use scan::ScanLimits;
