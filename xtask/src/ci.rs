//! What CI runs, in the order that fails fastest.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask looks at the machine and at what it built"
)]

use std::path::PathBuf;

use crate::{
    bench, demo,
    install::install,
    outside::check_outside,
    run::{TaskResult, cargo, command, exists, run, target_dir},
    test::test,
    wasm::wasm_classes,
};

/// The version CI checks licences with; pinned so that a new rule does not break an old commit.
const CARGO_DENY: &str = "0.20.2";

/// Feature sets of the command and of the library: none, runtimes and stores alone. All of them together is what every
/// other step builds.
const FEATURE_SETS: &[&str] = &["", "native", "lua,review", "wasm", "disk", "rados"];

pub(crate) fn ci() -> TaskResult {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    // The plugin's shim is compiled from here on, and needs Ceph's headers.
    install()?;
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(cargo()
        .args([
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    check_outside()?;
    test(&[])?;
    demo::check()?;
    wasm_classes(true)?;
    for features in FEATURE_SETS {
        run(cargo()
            .args(["test", "--package", "radula", "--package", "radula-cli"])
            .args(["--no-default-features", "--features", features]))?;
    }
    bench::smoke()?;
    licences()
}

/// Licences, sources and duplicate versions. Advisories need a database that only the network has: checked when
/// one is on the machine, and said so when not.
fn licences() -> TaskResult {
    let tools = target_dir().join("tools");
    let mut deny = tools.join("bin").join("cargo-deny");
    if !deny.exists() {
        if exists("cargo-deny") {
            deny = "cargo-deny".into();
        } else {
            run(cargo()
                .args([
                    "install",
                    "--debug",
                    "--locked",
                    "cargo-deny",
                    "--version",
                    CARGO_DENY,
                    "--root",
                ])
                .arg(&tools))?;
        }
    }
    run(command(&deny).args(["--offline", "check", "licenses", "bans", "sources"]))?;
    if advisory_database_present() {
        run(command(&deny).args(["--offline", "check", "advisories"]))
    } else {
        eprintln!(
            "advisories NOT checked: this machine has no advisory database; `cargo deny fetch` gets one where the \
             network allows it"
        );
        Ok(())
    }
}

/// Whether an earlier `cargo deny fetch` left a database behind. An empty folder is not one.
fn advisory_database_present() -> bool {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let Some(databases) = home.map(|home| home.join("advisory-dbs")) else {
        return false;
    };
    databases.read_dir().is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|e| e.path().join(".git").exists()))
    })
}
