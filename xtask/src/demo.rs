//! The main job on real input, from nothing: what the README's first command does.

use std::path::{Path, PathBuf};

use crate::{
    classes::build_native_classes,
    run::{TaskResult, cargo, command, run, target_dir},
};

/// What the command is asked, and its answer.
struct Call {
    class: &'static str,
    answer: &'static [u8],
}

/// One call for each confined runtime.
const CALLS: [Call; 2] = [
    Call {
        class: "hellolua",
        answer: b"Hello, Ceph! (from Lua)",
    },
    Call {
        class: "hellowasm",
        answer: b"Hello, Ceph! (from WASM)",
    },
];

impl Call {
    fn args(&self) -> [&'static str; 5] {
        ["exec", "greeting", self.class, "say_hello", "Ceph"]
    }

    fn shown(&self) -> String {
        format!("radula {}", self.args().join(" "))
    }
}

/// The command without the compiler of WASM classes, which takes longer to build than all the rest.
const WITHOUT_WASM: &[&str] = &[
    "--no-default-features",
    "--features",
    "native,lua,disk,rados,review",
];

/// Builds the command and lets a class in Lua answer; with `all`, the whole command, and a class in WASM too.
pub(crate) fn demo(all: bool) -> TaskResult {
    let [lua, wasm] = &CALLS;
    let radula = if all {
        eprintln!("Building Radula with everything, some 12 minutes of processor time.");
        build(&[])?
    } else {
        eprintln!("Building Radula without WASM classes, some 6 minutes of processor time.");
        build(WITHOUT_WASM)?
    };
    answer(&radula, lua)?;
    if all {
        answer(&radula, wasm)?;
    }
    eprintln!(
        "\nThe command is {}. Put it on your PATH:",
        radula.display()
    );
    eprintln!(
        "  export PATH=\"{}:$PATH\"",
        target_dir().join("release").display()
    );
    if !all {
        eprintln!("`cargo xtask demo --all` adds WASM classes.");
    }
    Ok(())
}

/// Makes a call as a user does, and shows it.
fn answer(radula: &Path, call: &Call) -> TaskResult {
    eprintln!("$ {}", call.shown());
    let status = command(radula).args(call.args()).status()?;
    println!();
    if status.success() {
        Ok(())
    } else {
        Err(format!("{}: {status}", call.shown()).into())
    }
}

/// The same on a store of its own, with the answers checked.
pub(crate) fn check() -> TaskResult {
    let radula = build(&[])?;
    let store = target_dir().join("demo-store");
    for call in &CALLS {
        let output = command(&radula)
            .args(call.args())
            .arg("--store")
            .arg(&store)
            .output()?;
        if !output.status.success() || output.stdout != call.answer {
            return Err(format!(
                "{}: {}: {:?}: {}",
                call.shown(),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
    }
    Ok(())
}

/// The command, and the bundled classes.
fn build(features: &[&str]) -> TaskResult<PathBuf> {
    run(cargo()
        .args(["build", "--release", "--package", "radula-cli"])
        .args(features))?;
    build_native_classes("release")?;
    Ok(target_dir().join("release").join("radula"))
}
