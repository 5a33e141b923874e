//! The tests live in `main.rs` beside this folder; this library is empty.
