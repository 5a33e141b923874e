//! Lua as it comes, beside ours in the same program, for the benchmark to compare with.

use std::{env, fmt::Write, fs, path::Path, process::Command};

/// Compiles the sources unedited, with the same flags, and puts `stock_` before every name.
pub(crate) fn library(lua: &Path, out: &Path) -> Result<(), String> {
    let folder = out.join("stock");
    let archive = folder.join("libstock_lua.a");
    let mut build = crate::compile::with_our_flags();
    build.include(lua).out_dir(&folder).cargo_metadata(false);
    crate::compile::add_sources(&mut build, lua)?;
    build
        .try_compile("stock_lua")
        .map_err(|error| error.to_string())?;

    let names = run(Command::new("nm")
        .args(["--defined-only", "-g", "-P"])
        .arg(&archive))?;
    let mut renames = String::new();
    for name in names
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(name, _)| name))
        .filter(|name| name.starts_with("lua"))
    {
        writeln!(renames, "{name} stock_{name}").map_err(|error| error.to_string())?;
    }
    let list = folder.join("renames");
    fs::write(&list, renames).map_err(|error| error.to_string())?;
    let mut option = std::ffi::OsString::from("--redefine-syms=");
    option.push(&list);
    run(Command::new("objcopy").arg(option).arg(&archive))?;
    println!("cargo::rustc-link-search=native={}", folder.display());
    println!("cargo::rustc-link-lib=static=stock_lua");
    Ok(())
}

/// Whether the benchmark asked for it.
pub(crate) fn wanted() -> bool {
    env::var_os("CARGO_FEATURE_STOCK").is_some()
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error} (the feature `stock` needs binutils)"))?;
    if !output.status.success() {
        return Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
