//! The Lua backend from the outside: what scripts may rely on, and what they cannot do.

mod arguments;
mod behaviour;
mod departures;
mod encodings;
mod eval;
mod fixture;
mod isolation;
mod limits;
mod mlua;
mod oracle;
mod reference;
mod slow;
mod stack;
mod typed;
mod types;
