//! The hostile corpus under AddressSanitizer: Rust and the C of Lua, both watched.

use std::process::Stdio;

use crate::run::{TaskResult, cargo, command, run, target_dir};

/// The only target sanitizers are used on here.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Builds the command with the sanitizer and reviews the engine with it. Fails when a process dies or hangs; times
/// and memory are those of an instrumented build, and judged by an ordinary `radula review`.
pub(crate) fn asan() -> TaskResult {
    let folder = target_dir().join("asan");
    run(cargo()
        .args([
            "build",
            "--package",
            "radula-cli",
            "--target",
            TARGET,
            "--target-dir",
        ])
        .arg(&folder)
        // Sanitizers are flags of the compiler that stable has and does not offer by itself.
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTFLAGS",
            "-Zsanitizer=address -Cforce-frame-pointers=yes",
        )
        .env("RADULA_LUA_SANITIZE", "address"))?;
    let families = ["lua", "eval", "transactions"];
    let output = command(folder.join(TARGET).join("debug/radula"))
        .args(["review", "--no-rlimits", "--jobs", "2"])
        .args(families.map(|family| format!("--family={family}")))
        // Engines live as long as their process; the quarantine would count as growth.
        .env("ASAN_OPTIONS", "detect_leaks=0:quarantine_size_mb=4")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let table = String::from_utf8_lossy(&output.stdout);
    println!("{table}");
    // A row is id, kind, outcome and figures.
    let dead: Vec<&str> = table
        .lines()
        .filter(|line| matches!(line.split_whitespace().nth(2), Some("crash" | "hang")))
        .collect();
    match (dead.is_empty(), table.contains("cases pass")) {
        (true, true) => Ok(()),
        (true, false) => Err("the review gave no summary".into()),
        (false, _) => Err(format!("{} cases died:\n{}", dead.len(), dead.join("\n")).into()),
    }
}
