//! The classes that come with Radula.

use crate::engine::{self, Bench};

/// A bundled class.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the bundled classes"
)]
pub(crate) fn bundled(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../classes/wasm/cls_{name}.wasm",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_bundled_greeters_greet() {
    for name in ["hellowasm", "hellowasm_c", "hellowasm_as"] {
        let class = engine::open(bundled(name));
        let output = Bench::new().output(&class, "say_hello", b"Ceph");
        assert_eq!(output, "Hello, Ceph! (from WASM)", "{name}");
    }
}
