//! The one page that names the backends. Each sits behind the cargo feature of its name.

use std::sync::Arc;

use objclass::ClassBackend;

use crate::Options;

/// The backends this build has, in order of precedence: native, then Lua, then WASM.
///
/// A build without any is no error: class files are still recognised, and refused with the feature they need.
#[must_use]
pub fn default_backends() -> Vec<Arc<dyn ClassBackend>> {
    backends(&Options::default())
}

/// The same, as `options` has them.
#[must_use]
#[cfg_attr(
    not(feature = "wasm"),
    expect(unused_variables, reason = "only one backend has options")
)]
pub fn backends(options: &Options) -> Vec<Arc<dyn ClassBackend>> {
    vec![
        #[cfg(feature = "native")]
        Arc::new(runtime_native::NativeBackend::new()),
        #[cfg(feature = "lua")]
        Arc::new(runtime_lua::LuaBackend::new()),
        #[cfg(feature = "wasm")]
        Arc::new(runtime_wasm::WasmBackend::with_options(options.wasm())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_decide_which_backends_there_are() {
        let names: Vec<_> = default_backends()
            .iter()
            .map(|backend| backend.name())
            .collect();
        let mut expected = Vec::new();
        if cfg!(feature = "native") {
            expected.push("native");
        }
        if cfg!(feature = "lua") {
            expected.push("lua");
        }
        if cfg!(feature = "wasm") {
            expected.push("wasm");
        }
        assert_eq!(names, expected);
    }
}
