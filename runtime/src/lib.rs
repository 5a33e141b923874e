//! The backends this build has.
#![forbid(unsafe_code)]

use std::sync::Arc;

use objclass::ClassBackend;

/// The backends this build has, in order of precedence.
#[must_use]
pub fn default_backends() -> Vec<Arc<dyn ClassBackend>> {
    vec![
        #[cfg(feature = "native")]
        Arc::new(runtime_native::NativeBackend::new()),
        #[cfg(feature = "lua")]
        Arc::new(runtime_lua::LuaBackend::new()),
    ]
}
