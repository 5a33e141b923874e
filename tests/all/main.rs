//! Integration tests, one module per concept. The behaviour suite is a target of its own, `behaviour`.

mod arrows;
mod bundled;
mod ceph_classes;
mod chain;
mod cli;
mod concurrency;
mod docs;
mod house;
mod kill;
mod limits;
mod linear;
mod native;
mod oracle;
mod spelling;
mod suite_itself;
mod vectors;
mod wasm;
