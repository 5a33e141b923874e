//! Compiles the edited sources into one static library.

use std::{env, fs, path::Path};

/// What an interpreter program needs and a library does not.
const NOT_IN_A_LIBRARY: &[&str] = &["lua.c", "luac.c", "onelua.c"];

/// Compiles every C file of `lua` and `ours`, and tells cargo to link the result.
pub(crate) fn library(lua: &Path, ours: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=RADULA_LUA_SANITIZE");
    let mut build = cc::Build::new();
    build
        .include(lua)
        .include(ours)
        // Metering is measured against optimised code, and an unoptimised Lua needs far more C stack.
        .opt_level(2)
        .debug(false)
        .warnings(false)
        .std("c11")
        .flag_if_supported("-fno-common")
        // A class engine may live in a process that has another Lua (an OSD has): ours must neither
        // answer its calls nor be answered by it.
        .flag_if_supported("-fvisibility=hidden")
        .define("LUAI_MAXCCALLS", "200");
    if let Some(kind) = env::var_os("RADULA_LUA_SANITIZE") {
        let kind = kind.to_str().ok_or("RADULA_LUA_SANITIZE is not text")?;
        build
            .flag(format!("-fsanitize={kind}"))
            .flag("-fno-omit-frame-pointer")
            .define("RADULA_ASSERTIONS", None);
    }
    for folder in [lua, ours] {
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
    }
    build
        .try_compile("radula_lua")
        .map_err(|error| error.to_string())
}
