//! Object classes in Lua 5.4.
