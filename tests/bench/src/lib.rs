//! The benchmark: [`rows::all`] is the table of what is measured, each row with its subjects (ours, the floor, peers)
//! and the reason why the comparison is fair; [`run`](run::run) measures a row's subjects in turns; [`report`] keeps
//! and prints what came of it.
//!
//! It is no statistics engine. Figures of different rows, runs or machines are not comparable by it; figures of one
//! row are, because its subjects took turns on the same machine in the same seconds.
//!
//! `cargo xtask bench` builds and runs it. [`soak`] is a mixed load for minutes, judged by whether it stays flat:
//! `cargo xtask soak`.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark compiles classes, starts peers and connects to them on loopback"
)]

pub mod histogram;
pub mod machine;
pub mod model;
pub mod report;
pub mod rows;
pub mod run;
pub mod runners;
pub mod soak;
pub mod stats;
pub mod subjects;
pub mod world;
