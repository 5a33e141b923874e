//! The `radula` command.

fn main() {}
