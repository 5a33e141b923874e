//! The imports of the world, on the host's side.
//!
//! Bound by hand rather than by `bindgen!`: what a guest passes is looked at in its own memory and copied only where it is
//! kept, and what the store hands out goes to the guest without a copy in between.

mod object;
mod services;
pub(crate) mod types;

use wasmtime::component::Linker;

use crate::call::CurrentCall;

/// The version of the world, as it stands in the names of its interfaces.
pub(crate) const VERSION: &str = "1.0.0";

/// The package of the world.
pub(crate) const PACKAGE: &str = "radula:objclass";

/// The interfaces a guest may import, without package and version.
pub(crate) const INTERFACES: &[&str] = &[
    "types",
    "object-read",
    "object-write",
    "calls",
    "log",
    "env",
];

/// Links every import.
pub(crate) fn link(linker: &mut Linker<CurrentCall>) -> wasmtime::Result<()> {
    let name = |interface: &str| format!("{PACKAGE}/{interface}@{VERSION}");
    // Types only: a guest may import it for its names.
    linker.instance(&name("types"))?;
    object::read::link(linker.instance(&name("object-read"))?)?;
    object::write::link(linker.instance(&name("object-write"))?)?;
    services::link_calls(linker.instance(&name("calls"))?)?;
    services::link_log(linker.instance(&name("log"))?)?;
    services::link_env(linker.instance(&name("env"))?)
}
