//! The test kit: fixtures, and the behaviour suite every runtime and every store must pass.
//!
//! - [`behaviour`]: the suite on our runtimes and stores. A new one joins in [`behaviour::subjects`].
//! - [`engine`], [`fixture`]: engines and stores of one test, in a scratch that goes with it.
//! - [`binary`]: the `radula` command, built from this checkout, and processes that may be killed.
//! - [`cluster`]: real Ceph clusters on this machine, and Ceph's own client.
//! - [`wasm`]: the WASM backend, with the command as its compiler.
//! - [`linear`]: whether what concurrent clients saw can come from calls one after the other; [`racy`]: stores of which
//!   it cannot.
//! - [`vectors`]: recorded calls of Ceph's classes, replayed on any host.
//! - [`wrong`]: stores that break their promises, so that tests can be seen to fail.
//!
//! It is a library of tests: where production code would return an error, it panics with a reason.
#![forbid(unsafe_code)]

pub mod behaviour;
pub mod binary;
pub mod cluster;
pub mod corpus;
pub mod engine;
pub mod fixture;
pub mod linear;
pub mod native;
pub mod racy;
pub mod vectors;
pub mod wasm;
pub mod wrong;

pub use ::behaviour::{state, word};

/// Compiles the Rust in the guide for class authors.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/classes.md")]
mod guide {}
