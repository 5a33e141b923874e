//! What building and testing need beside cargo.

use crate::run::{TaskResult, cargo, command, exists, run};

/// Program to look for, and the Debian package that has it.
const NEEDED: &[(&str, &str)] = &[("cc", "gcc libc6-dev")];

pub(crate) fn install() -> TaskResult {
    // A build fetches the crates of its own platform only; whoever asks cargo about the whole graph offline (licences,
    // tests) needs them all.
    run(cargo().args(["fetch", "--locked"]))?;
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !exists(program))
        .flat_map(|(_, packages)| packages.split(' '))
        .collect();
    if missing.is_empty() {
        eprintln!("no package to install");
        return Ok(());
    }
    if !exists("apt-get") {
        return Err(format!(
            "install these packages with your system's own tool: {}",
            missing.join(" ")
        )
        .into());
    }
    run(command("apt-get").arg("update"))?;
    run(command("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&missing))
}
