//! What rows measure: ours, the floors, the peers. A module each.

pub mod class;
pub mod crashed;
pub mod direct;
pub mod extism;
pub mod file;
pub mod image;
pub mod log;
pub mod map;
pub mod mlua;
pub mod process;
pub mod redis;
pub mod stock;
pub mod tarantool;
pub mod wasm;
