//! From a module to compiled code: out of the cache, or by the compiler in a process of its own.
//!
//! The only bytes ever taken for compiled code are those our compiler just answered with, and those it answered with
//! before, which lie in a directory nobody else can write. A class file is never taken for it.

mod cache;
mod child;
mod error;
mod filter;
mod program;
mod protocol;
mod validate;
mod worker;

use std::borrow::Cow;

use objclass::{GuestLocation, Module, OpenError};
use wasmtime::component::Component;

use self::cache::Cache;
pub(crate) use self::error::CompileError;
pub use self::{protocol::VERB as COMPILER_VERB, worker::compiler_main};
use crate::{
    engine::SharedEngine,
    options::{Compiler, WasmOptions},
};

/// The component of `module`, compiled for the engine.
///
/// # Errors
/// It is not valid, it takes too long or too much memory, or there is no compiler.
pub(crate) fn component(
    module: &Module,
    engine: &SharedEngine,
    options: &WasmOptions,
) -> Result<Component, OpenError> {
    if options.compiler == Compiler::InProcess {
        let made = worker::compile(&engine.engine, &module.bytes);
        let artifact = made.map_err(|text| malformed(module, text))?;
        return load(engine, &artifact).map_err(|error| too_large(module, &error));
    }
    let cache = options.cache.as_deref().and_then(Cache::open);
    let key = cache::key(&module.digest, &engine.fingerprint);
    if let Some(artifact) = cache.as_ref().and_then(|cache| cache.get(&key)) {
        match load(engine, &artifact) {
            Ok(component) => return Ok(component),
            Err(error) => tracing::warn!("{}: {error:#}; it is compiled anew", module.file),
        }
    }
    let artifact = child::compile(&module.bytes, engine, options).map_err(|error| match error {
        CompileError::Invalid { text } => malformed(module, text),
        error => OpenError::Backend(Box::new(error)),
    })?;
    let component = load(engine, &artifact).map_err(|error| too_large(module, &error))?;
    if let Some(cache) = &cache {
        cache.put(&key, &artifact);
    }
    Ok(component)
}

/// Turns what the compiler made into code that can run.
fn load(engine: &SharedEngine, artifact: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `artifact` is what `Engine::precompile_component` answered in our own process: `worker::compile` a moment
    // ago, `child::compile` through a pipe nobody else holds, or `Cache::get`, which believes only our own files.
    unsafe { Component::deserialize(&engine.engine, artifact) }
}

/// What was compiled for this very engine a moment ago does not load: its parts do not fit the pool.
fn too_large(module: &Module, error: &wasmtime::Error) -> OpenError {
    let cause = error.root_cause();
    malformed(
        module,
        format!("it needs more than an instance may have: {cause}"),
    )
}

fn malformed(module: &Module, text: impl Into<Cow<'static, str>>) -> OpenError {
    OpenError::Malformed {
        message: text.into().into_owned(),
        location: Some(GuestLocation {
            file: module.file.clone(),
            line: 0,
        }),
    }
}
