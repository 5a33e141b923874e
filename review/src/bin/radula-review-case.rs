//! The child of a security review alone. Reads a request on standard input; `radula review` is for people.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    review::child_main()
}
