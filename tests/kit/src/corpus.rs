//! Where the repository keeps what tests read.

use std::path::{Path, PathBuf};

/// The repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the kit lives two folders below the repository")
        .to_owned()
}

/// `tests/corpus`.
#[must_use]
pub fn corpus() -> PathBuf {
    repository().join("tests/corpus")
}

/// The bundled Lua classes.
#[must_use]
pub fn bundled_lua_classes() -> PathBuf {
    repository().join("classes/lua")
}

/// The bundled WASM classes.
#[must_use]
pub fn bundled_wasm_classes() -> PathBuf {
    repository().join("classes/wasm")
}

/// The classes of the test corpus in one language, such as `lua`; those that are compiled are built first.
#[must_use]
pub fn corpus_classes(language: &str) -> PathBuf {
    match language {
        "native" => crate::native::native_classes(),
        _ => corpus().join("classes").join(language),
    }
}

/// The text of a file of the repository.
///
/// # Panics
/// When it cannot be read.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "reads the repository's own files"
)]
pub fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
