//! Where Lua's sources are.
//!
//! The `lua-src` crate compiles the sources in its own folder but does not tell where that is. Three ways, in
//! this order: the variable `RADULA_LUA_SRC`, for packagers; the place of a panic in that crate, which the
//! compiler recorded; and `cargo metadata`, for builds that remap recorded paths.

use std::{
    env, panic,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};

/// The folder with Lua's sources inside the `lua-src` package. A new Lua has new text, and so new edits.
const FOLDER: &str = "lua-5.4.9";

/// Finds the folder that holds `lvm.c`.
pub(crate) fn find(scratch: &Path) -> Result<PathBuf, String> {
    println!("cargo::rerun-if-env-changed=RADULA_LUA_SRC");
    if let Some(folder) = env::var_os("RADULA_LUA_SRC").map(PathBuf::from) {
        return holds_lua(&folder).ok_or(format!(
            "RADULA_LUA_SRC={} holds no lvm.c: name the folder with the C files of {FOLDER}",
            folder.display()
        ));
    }
    from_panic(scratch).or_else(from_metadata).ok_or(format!(
        "cannot find {FOLDER} of the lua-src crate: set RADULA_LUA_SRC to the folder with its C files"
    ))
}

fn holds_lua(folder: &Path) -> Option<PathBuf> {
    folder.join("lvm.c").is_file().then(|| folder.to_owned())
}

/// Makes `lua_src::Build::build` fail before it compiles anything, and asks where it failed.
fn from_panic(scratch: &Path) -> Option<PathBuf> {
    // A file where the crate wants to make a folder.
    let blocked = scratch.join("not-a-folder");
    std::fs::write(&blocked, b"").ok()?;
    let place = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&place);
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        *seen.lock().unwrap() = info
            .location()
            .map(|location| PathBuf::from(location.file()));
    }));
    let _ = panic::catch_unwind(|| {
        lua_src::Build::new()
            .target("x86_64-unknown-linux-gnu")
            .out_dir(&blocked)
            .build(lua_src::Lua54)
    });
    panic::set_hook(previous);
    let file = place.lock().unwrap().take()?;
    // PACKAGE/src/lib.rs
    let package = file.parent()?.parent()?;
    // Vendored below the workspace, the recorded path is relative to the workspace's root.
    let here = env::current_dir().ok()?;
    here.ancestors()
        .find_map(|root| holds_lua(&root.join(package).join(FOLDER)))
}

/// Asks cargo, which needs every manifest of the workspace at hand.
fn from_metadata() -> Option<PathBuf> {
    let output = Command::new(env::var_os("CARGO")?)
        .args(["metadata", "--format-version=1", "--offline"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // Enough of a parser for one string that cargo itself wrote.
    text.split("\"manifest_path\":\"").skip(1).find_map(|rest| {
        let manifest = Path::new(rest.split('"').next()?);
        let package = manifest.parent()?;
        let name = package.file_name()?.to_str()?;
        name.starts_with("lua-src")
            .then(|| holds_lua(&package.join(FOLDER)))?
    })
}
