//! Compiles the edited sources into one static library.

use std::{env, fs, path::Path};

/// What an interpreter program needs and a library does not.
const NOT_IN_A_LIBRARY: &[&str] = &["lua.c", "luac.c"];

/// Compiles every C file of `lua` and `ours`, and tells cargo to link the result.
pub(crate) fn library(lua: &Path, ours: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=RADULA_LUA_SANITIZE");
    let mut build = with_our_flags();
    build.include(lua).include(ours);
    if let Some(kind) = env::var_os("RADULA_LUA_SANITIZE") {
        let kind = kind.to_str().ok_or("RADULA_LUA_SANITIZE is not text")?;
        build
            .flag(format!("-fsanitize={kind}"))
            .flag("-fno-omit-frame-pointer");
        if kind == "address" {
            // Run with this library in LD_PRELOAD, as it must come first.
            println!("cargo::rustc-link-arg-tests=-lasan");
        }
    }
    add_sources(&mut build, lua)?;
    add_sources(&mut build, ours)?;
    build
        .try_compile("radula_lua")
        .map_err(|error| error.to_string())
}

/// The compiler with the flags that both ours and the one we compare with get.
pub(crate) fn with_our_flags() -> cc::Build {
    let mut build = cc::Build::new();
    build
        // Metering is measured against optimised code, and an unoptimised Lua needs far more C stack.
        .opt_level(2)
        .debug(false)
        .warnings(false)
        .std("c11")
        .flag_if_supported("-fno-common")
        // A class engine may live in a process that has another Lua (an OSD has): ours must neither
        // answer its calls nor be answered by it.
        .flag_if_supported("-fvisibility=hidden");
    build
}

/// Adds every C file of a folder.
pub(crate) fn add_sources(build: &mut cc::Build, folder: &Path) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if name.ends_with(".c") && !NOT_IN_A_LIBRARY.contains(&name) {
            build.file(path);
        }
    }
    Ok(())
}
