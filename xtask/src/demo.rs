//! The main job on real input, from nothing: what the README's first command does.

use std::path::PathBuf;

use crate::{
    classes::build_native_classes,
    run::{TaskResult, cargo, command, run, target_dir},
};

/// The command and its answer.
const CALL: [&str; 5] = ["exec", "greeting", "hellolua", "say_hello", "Ceph"];
const ANSWER: &[u8] = b"Hello, Ceph! (from Lua)";

pub(crate) fn demo() -> TaskResult {
    let radula = build()?;
    eprintln!("$ radula {}", CALL.join(" "));
    let status = command(&radula).args(CALL).status()?;
    println!();
    if !status.success() {
        return Err(format!("radula {}: {status}", CALL.join(" ")).into());
    }
    eprintln!(
        "\nThe command is {}. Put it on your PATH:",
        radula.display()
    );
    eprintln!(
        "  export PATH=\"{}:$PATH\"",
        target_dir().join("release").display()
    );
    Ok(())
}

/// The same on a store of its own, with the answer checked.
pub(crate) fn check() -> TaskResult {
    let radula = build()?;
    let store = target_dir().join("demo-store");
    let output = command(&radula)
        .args(CALL)
        .arg("--store")
        .arg(&store)
        .output()?;
    if output.status.success() && output.stdout == ANSWER {
        return Ok(());
    }
    Err(format!(
        "radula {}: {}: {:?}: {}",
        CALL.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

fn build() -> TaskResult<PathBuf> {
    run(cargo().args(["build", "--release", "--package", "radula-cli"]))?;
    build_native_classes("release")?;
    Ok(target_dir().join("release").join("radula"))
}
