//! What a script cannot do, family by family; and that Lua is still Lua.

mod corpus;
mod harness;
