//! `radula-wasm-compiler`: compiles one class for a program that embeds Radula without being the `radula` command.
//!
//! Not for people: it speaks to its parent on standard input and output.

fn main() -> std::process::ExitCode {
    runtime_wasm::compiler_main()
}
