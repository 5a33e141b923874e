//! Builds Lua 5.4 for classes: the sources of the `lua-src` crate, our edits applied, one static library.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads sources and writes its output folder"
)]

mod compile;
mod edits;
mod source;
mod stock;

use std::{env, path::PathBuf};

fn main() {
    for changed in ["build", "edits", "c"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    if let Err(message) = run() {
        eprintln!("{message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let lua = source::find(&out)?;
    let edited = out.join("lua");
    edits::apply(&lua, &manifest.join("edits"), &edited)?;
    compile::library(&edited, &manifest.join("c"))?;
    if stock::wanted() {
        stock::library(&lua, &out)?;
    }
    Ok(())
}
