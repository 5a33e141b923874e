//! Peer: extism, a library that runs WASM plug-ins. It brings a wasmtime of its own, so it is a program outside of this
//! workspace: `cargo xtask bench --install` builds it.

use crate::{
    model::{Absent, Role, Subject},
    runners::Once,
    subjects::process::json,
};

/// Milliseconds a round of the program takes.
const MILLIS: &str = "40";

/// A subject of a row about one call.
#[must_use]
pub fn call(job: &'static str) -> Subject {
    Subject::new(Role::Peer, "extism, one warm instance", move |world| {
        let program = world.program("../peers/built/extism-peer").ok_or_else(|| {
            Absent::Missing("not built; `cargo xtask bench --install` builds it".into())
        })?;
        Ok(Once(move || {
            let figures = json(&program, &[job, MILLIS])?;
            figures["seconds_per_call"]
                .as_f64()
                .ok_or_else(|| format!("the program prints {figures}").into())
        }))
    })
}
