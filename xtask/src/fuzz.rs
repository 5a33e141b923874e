//! The fuzzers: cargo-fuzz where it can be built, for as long as asked.
#![expect(
    clippy::disallowed_methods,
    reason = "makes the folder the fuzzers collect inputs in"
)]

use std::path::PathBuf;

use crate::run::{TaskResult, cargo, command, exists, root, run, target_dir};

/// The version the task installs; pinned so that its command line stays what is written here.
const CARGO_FUZZ: &str = "0.13.2";

/// The fuzzers, as in `tests/fuzz/Cargo.toml`.
const TARGETS: &[&str] = &[
    "lua_source",
    "eval_json",
    "eval_bufferlist",
    "eval_msgpack",
    "cmsgpack",
    "json",
    "config",
];

/// Seconds for each fuzzer when nothing is asked for.
const SECONDS: u64 = 60;

/// Runs every fuzzer for some seconds: `[--seconds N] [TARGET ...]`. What it finds is kept under
/// `tests/fuzz/artifacts`; inputs worth keeping become seeds in `tests/corpus/fuzz`.
pub(crate) fn fuzz(args: &[String]) -> TaskResult {
    let (seconds, targets) = parse(args)?;
    let fuzzer = fuzzer()?;
    for target in targets {
        // libFuzzer adds what it finds to the first folder and only reads the second.
        let found = target_dir().join("fuzz-corpus").join(&target);
        std::fs::create_dir_all(&found)?;
        let seeds = root().join("tests/corpus/fuzz").join(&target);
        run(command(&fuzzer)
            .args(["run", "--fuzz-dir", "tests/fuzz", "--target-dir"])
            .arg(target_dir().join("fuzz"))
            .arg(&target)
            .arg(found)
            .arg(seeds)
            .args(["--", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"])
            .arg(format!("-max_total_time={seconds}"))
            // Sanitizers are flags of the compiler that stable has and does not offer by itself.
            .env("RUSTC_BOOTSTRAP", "1")
            // The C sources of Lua are watched as well.
            .env("RADULA_LUA_SANITIZE", "address")
            // Memory of the engine that lives as long as the process is no leak.
            .env("ASAN_OPTIONS", "detect_leaks=0"))?;
    }
    Ok(())
}

fn parse(args: &[String]) -> TaskResult<(u64, Vec<String>)> {
    let mut seconds = SECONDS;
    let mut targets = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let number = args.next().ok_or("--seconds needs a number")?;
            seconds = number
                .parse()
                .map_err(|_| format!("--seconds needs a number, not {number:?}"))?;
        } else if TARGETS.contains(&arg.as_str()) {
            targets.push(arg.clone());
        } else {
            return Err(format!("no fuzzer {arg:?}: there are {}", TARGETS.join(", ")).into());
        }
    }
    if targets.is_empty() {
        targets = TARGETS.iter().map(|&target| target.to_owned()).collect();
    }
    Ok((seconds, targets))
}

fn fuzzer() -> TaskResult<PathBuf> {
    if exists("cargo-fuzz") {
        return Ok("cargo-fuzz".into());
    }
    let tools = target_dir().join("tools");
    let program = tools.join("bin").join("cargo-fuzz");
    if !program.exists() {
        run(cargo()
            .args([
                "install",
                "--debug",
                "--locked",
                "cargo-fuzz",
                "--version",
                CARGO_FUZZ,
                "--root",
            ])
            .arg(&tools))?;
    }
    Ok(program)
}
