//! The one table of runtimes: what each is called, and what makes its backend. The name of a runtime, of
//! its files and of its key in the configuration is spelt here only.

use std::sync::Arc;

use loader::{Kind, Runtime};
use objclass::ClassBackend;

use crate::Options;

/// Trusted shared libraries.
pub const NATIVE: Kind = Kind {
    name: "native",
    title: "native",
    prefix: "libcls_",
    suffix: ".so",
    feature: "native",
    dir_key: "class_dir",
    builtin: &[],
};

/// Confined scripts.
pub const LUA: Kind = Kind {
    name: "lua",
    title: "Lua",
    prefix: "cls_",
    suffix: ".lua",
    feature: "lua",
    dir_key: "lua_class_dir",
    builtin: &[EVAL_CLASS],
};

/// Confined components.
pub const WASM: Kind = Kind {
    name: "wasm",
    title: "WASM",
    prefix: "cls_",
    suffix: ".wasm",
    feature: "wasm",
    dir_key: "wasm_class_dir",
    builtin: &[],
};

/// Every kind of class file Radula knows, in order of precedence, whether this build runs it or not.
pub const KINDS: [Kind; 3] = [NATIVE, LUA, WASM];

/// The class whose methods run a script that comes with the request. Every Lua class depends on it.
pub const EVAL_CLASS: &str = "lua";

type Maker = fn(&Options) -> Arc<dyn ClassBackend>;

/// `Some` maker when this build has the feature.
macro_rules! built {
    ($feature:literal, $make:expr) => {{
        #[cfg(feature = $feature)]
        let maker: Option<Maker> = Some($make);
        #[cfg(not(feature = $feature))]
        let maker: Option<Maker> = None;
        maker
    }};
}

const MAKERS: [Option<Maker>; KINDS.len()] = [
    built!("native", |_| Arc::new(runtime_native::NativeBackend::new())),
    built!("lua", |_| Arc::new(runtime_lua::LuaBackend::new())),
    built!("wasm", |options| Arc::new(
        runtime_wasm::WasmBackend::with_options(options.wasm())
    )),
];

/// The kind of the runtime called `name`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    const ROWS: &[Kind] = &KINDS;
    ROWS.iter().find(|kind| kind.name == name)
}

/// Every runtime, in order of precedence, as `options` has them.
///
/// A build without any is no error: class files are still recognised, and refused with the feature they need.
#[must_use]
pub fn runtimes(options: &Options) -> Vec<Runtime> {
    let rows = KINDS.into_iter().zip(MAKERS);
    rows.map(|(kind, make)| Runtime {
        kind,
        backend: make.map(|make| make(options)),
    })
    .collect()
}

/// Every runtime, with the options a program has that says nothing of them.
#[must_use]
pub fn default_runtimes() -> Vec<Runtime> {
    runtimes(&Options::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_runtime_brings_is_what_its_row_says() {
        for Runtime { kind, backend } in default_runtimes() {
            assert_eq!(super::kind(kind.name), Some(&kind));
            let Some(backend) = backend else { continue };
            let classes = backend.builtin_classes();
            let names: Vec<_> = classes.iter().map(|class| class.name.as_str()).collect();
            assert_eq!(names, kind.builtin, "{}", kind.name);
            for class in &classes {
                assert_eq!(class.class.is_eval(), class.name.as_str() == EVAL_CLASS);
            }
            for implied in backend.implied_dependencies() {
                assert!(kind.builtin.contains(&implied.as_str()), "{implied}");
            }
        }
    }

    #[test]
    fn no_two_runtimes_share_a_name_a_file_or_a_key() {
        for (position, one) in KINDS.iter().enumerate() {
            for other in &KINDS[position + 1..] {
                assert_ne!(one.name, other.name);
                assert_ne!(one.dir_key, other.dir_key);
                assert_eq!(one.class_part(&other.file_name("x")), None);
            }
        }
    }

    #[cfg(all(feature = "native", feature = "lua", feature = "wasm"))]
    #[test]
    fn a_build_with_every_feature_has_every_backend() {
        assert!(default_runtimes().iter().all(|row| row.backend.is_some()));
    }

    #[cfg(not(any(feature = "native", feature = "lua", feature = "wasm")))]
    #[test]
    fn a_build_without_features_knows_the_files_it_cannot_run() {
        let rows = default_runtimes();
        assert_eq!(rows.len(), KINDS.len());
        assert!(rows.iter().all(|row| row.backend.is_none()));
    }
}
