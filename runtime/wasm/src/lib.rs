//! Object classes in WebAssembly.

mod backend;
mod call;
mod class;
mod compile;
mod engine;
mod guards;
mod host;
mod nothing;
mod open;
mod options;
mod outcome;
mod scan;
mod stack;
mod ticker;
mod world;

pub use backend::WasmBackend;
pub use compile::{COMPILER_VERB, compiler_main};
pub use engine::engine_for_benchmarks;
pub use guards::Guards;
pub use options::{Compiler, WasmOptions};
pub use scan::ScanLimits;
