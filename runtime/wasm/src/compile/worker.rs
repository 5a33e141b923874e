//! The compiler's side: a process that compiles one module and ends.

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use wasmtime::Engine;

use super::{
    filter,
    protocol::{Answer, Request, answer_head},
    validate,
};
use crate::engine;

/// The whole of a compiler process: reads a module on standard input, answers compiled code on standard output. For the
/// command `radula` and for programs that are nothing else; to be called before anything else is done.
///
/// It believes nothing of the module, and it is believed only as far as its parent made it.
#[must_use]
pub fn compiler_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    forget_inherited_files();
    let mut input = io::stdin().lock();
    let Some((request, length)) = Request::read(&mut input)? else {
        return answer(Answer::NotOurs, b"");
    };
    // Before the module is read: from here on nothing it brings can make this process larger.
    if let Err(error) = limit(&request) {
        return answer(Answer::NoCeiling, error.to_string().as_bytes());
    }
    let mut module = Vec::new();
    input.take(length).read_to_end(&mut module)?;
    let engine = match engine::for_compiling(request.mode) {
        Ok(engine) => engine,
        Err(error) => return answer(Answer::Invalid, format!("{error:#}").as_bytes()),
    };
    if engine::fingerprint(&engine) != request.fingerprint {
        return answer(Answer::NotOurs, b"");
    }
    // The module is here, and nobody has looked at it yet.
    if let Err(error) = filter::apply() {
        return answer(Answer::NoCeiling, error.to_string().as_bytes());
    }
    match compile(&engine, &module) {
        Ok(code) => answer(Answer::Code, &code),
        Err(text) => answer(Answer::Invalid, text.as_bytes()),
    }
}

/// Compiles `module`.
///
/// # Errors
/// What is wrong with it, for its author.
pub(super) fn compile(engine: &Engine, module: &[u8]) -> Result<Vec<u8>, String> {
    validate::check(module)?;
    engine
        .precompile_component(module)
        .map_err(|error| format!("it cannot be compiled: {}", error.root_cause()))
}

fn answer(answer: Answer, payload: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(&answer_head(answer, payload.len()))?;
    output.write_all(payload)?;
    output.flush()
}

/// Closes what a careless parent left open: this process has no business with it.
fn forget_inherited_files() {
    // SAFETY: called first in `main`; nothing in this process holds a descriptor beyond the standard three yet.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

/// Puts this process under its ceilings. The parent stops it at its time; these hold when the parent is gone.
fn limit(request: &Request) -> io::Result<()> {
    let set = |resource, value| {
        setrlimit(
            resource,
            Rlimit {
                current: Some(value),
                maximum: Some(value),
            },
        )
    };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set(Resource::Core, 0)?;
    set(Resource::Fsize, 0)?;
    if let Some(seconds) = request.seconds {
        set(Resource::Cpu, seconds)?;
    }
    if let Some(memory) = request.memory {
        // What the program itself maps is no part of the budget: it depends on how it was built.
        set(Resource::As, mapped()?.saturating_add(memory))?;
    }
    Ok(())
}

/// Bytes this process maps.
#[expect(
    clippy::disallowed_methods,
    reason = "a process of our own asks the kernel about itself"
)]
fn mapped() -> io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = statm
        .split_ascii_whitespace()
        .next()
        .and_then(|pages| pages.parse().ok());
    let page = rustix::param::page_size() as u64;
    pages
        .and_then(|pages| pages.checked_mul(page))
        .ok_or_else(|| io::Error::other("/proc/self/statm is not as expected"))
}
