//! The tests are the targets beside this folder, `behaviour.rs` and `main.rs`; this library is empty.
