//! What the fuzzers call: each target takes any bytes and panics when a promise is broken.
//!
//! The same functions serve cargo-fuzz (`tests/fuzz`), which looks for new paths as long as it is let, and the
//! test of this crate, which mutates the seeds in `tests/corpus/fuzz` for a bounded time with stable Rust.
#![forbid(unsafe_code)]

mod engine;
pub mod mutation;
mod target;

pub use target::{TARGETS, Target};

/// Runs the target called `name`.
///
/// # Panics
/// When a promise of the engine is broken, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    // The fuzzer wants to know nothing but whether it panicked.
    let _accepted = (target.expect("a target of this name").run)(bytes);
}
