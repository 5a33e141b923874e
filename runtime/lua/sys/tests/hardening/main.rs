//! What a script cannot do, family by family; and that Lua is still Lua.

mod attacks;
mod corpus;
mod depth;
mod guards;
mod harness;
mod language;
mod sticky;
