//! From a module to compiled code.

use objclass::{Module, OpenError};
use wasmtime::component::Component;

use crate::{engine::Running, options::WasmOptions};

/// The component of `module`, compiled.
pub(crate) fn component(
    module: &Module,
    running: &Running,
    _options: &WasmOptions,
) -> Result<Component, OpenError> {
    Component::from_binary(&running.engine, &module.bytes).map_err(|error| OpenError::Malformed {
        message: format!("{error:#}"),
        location: None,
    })
}
