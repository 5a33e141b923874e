//! The benchmark: builds everything in release, once, and runs the program that measures.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask looks at the machine and at what it built"
)]

use std::path::PathBuf;

use crate::{
    ceph,
    install::install_packages,
    run::{DIST, RELEASE, TaskResult, cargo, command, exists, run, target_dir},
};

/// Peers: program to look for, and the Debian package that has it.
const PEERS: &[(&str, &str)] = &[("redis-server", "redis-server"), ("tarantool", "tarantool")];

/// The peer that is built, outside of the workspace because of what it depends on.
const EXTISM: &str = "tests/bench/peers/extism";

const HELP: &str = "\
cargo xtask bench [--quick] [--only NAME] [--install] [--json] [--list] [--write-docs]

  --quick       few short rounds, within three minutes, of a build that is not optimised across crates: every row is
                measured, the figures mean nothing
  --only NAME   only the rows whose name begins with NAME or has it between slashes: call/lua, json
  --install     first install the peers that are missing, and build those that are built
  --json        print the report as JSON in the place of the table
  --list        print the names of the rows
  --write-docs  put the tables into docs/performance.md; --write-docs --from-report: those of the last full run

The report is target/bench/report.json and report.html.";

/// `cargo xtask bench`.
pub(crate) fn bench(arguments: &[String]) -> TaskResult {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        println!("{HELP}");
        return Ok(());
    }
    if arguments.iter().any(|word| word == "--install") {
        install_peers()?;
    }
    let quick = arguments.iter().any(|word| word == "--quick");
    let profile = if quick { RELEASE } else { DIST };
    build(profile)?;
    measure(profile, arguments)
}

/// Every row gives a figure or says why not; nothing is asserted of the figures.
pub(crate) fn smoke() -> TaskResult {
    build(RELEASE)?;
    measure(RELEASE, &["--quick".to_owned()])
}

fn measure(profile: &str, arguments: &[String]) -> TaskResult {
    let mut program = command(target_dir().join(profile).join("radula-bench"));
    program.arg("--out").arg(out());
    for argument in arguments {
        match argument.as_str() {
            "--install" => {}
            "--write-docs" => {
                program.arg(argument).arg("docs/performance.md");
            }
            _ => {
                program.arg(argument);
            }
        }
    }
    run(&mut program)
}

fn out() -> PathBuf {
    target_dir().join("bench")
}

fn build(profile: &str) -> TaskResult {
    run(cargo()
        .args(["build", "--profile", profile, "--bins"])
        .args(["--package", "radula-bench", "--package", "radula-cli"])
        .args(["--package", "radula-wasm-tool"]))?;
    // Where there is no Ceph, its row says so.
    if exists("ceph-osd") {
        ceph::build_plugin(profile)?;
        run(cargo()
            .args([
                "build",
                "--profile",
                profile,
                "--package",
                "radula-tests-ceph",
            ])
            .args(["--example", "osd_cpu"]))?;
    }
    Ok(())
}

fn install_peers() -> TaskResult {
    let missing: Vec<&str> = PEERS
        .iter()
        .filter(|(program, _)| !exists(program))
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    let built = target_dir().join("peers/built");
    run(cargo()
        .args(["install", "--locked", "--path", EXTISM])
        .arg("--target-dir")
        .arg(target_dir().join("peers"))
        .arg("--root")
        .arg(&built))?;
    std::fs::rename(built.join("bin/extism-peer"), built.join("extism-peer"))?;
    Ok(())
}
