//! Lua 5.4 with a meter that a script cannot escape.
//!
//! The C code is that of the `lua-src` crate, edited at build time (folder `edits`): loops and calls pay fuel,
//! C functions that can work for long pay for what they do, and once a call is over no guest code runs any
//! more. [`ffi`] is Lua's C interface, declared by `mlua-sys` and linked to our build; [`Meter`] is what was
//! added.
//!
//! What it is not: a safe interface. Whoever uses it owns every invariant of Lua's C interface, and one more:
//! when a call ends, the C code jumps from wherever it is to the outermost protected call, so no Rust frame in
//! between may hold anything that must be dropped.

mod meter;

pub use meter::{
    Ended, Exhausted, Guards, Meter, Name, STATUS_ENDED, charge, depth, end, is_array, mark_array,
    meter_of, new_state, set_depth,
};

/// Lua's C interface.
pub use mlua_sys as ffi;
