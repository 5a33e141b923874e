//! The Lua backend from the outside: what scripts may rely on, and what they cannot do.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read their corpus and start children"
)]

mod behaviour;
mod encodings;
mod eval;
mod fixture;
mod isolation;
mod limits;
