//! The command alone, in a place of its own: the files it writes, what it shows a terminal, what it prints as JSON, what it
//! reads. What the engine answers is tested in `tests/all`.
#![cfg(all(feature = "lua", feature = "disk"))]

#[path = "command/files.rs"]
mod files;
#[path = "command/input.rs"]
mod input;
#[path = "command/json.rs"]
mod json;
#[path = "command/place.rs"]
mod place;
#[path = "command/terminal.rs"]
mod terminal;
