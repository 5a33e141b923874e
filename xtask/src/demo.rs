//! The main job on real input, from nothing: what the README's first command does.

use std::path::PathBuf;

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

pub(crate) fn demo() -> TaskResult {
    let radula = build()?;
    for call in &CALLS {
        eprintln!("$ {}", call.shown());
        let status = command(&radula).args(call.args()).status()?;
        println!();
        if !status.success() {
            return Err(format!("{}: {status}", call.shown()).into());
        }
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

/// The same on a store of its own, with the answers checked.
pub(crate) fn check() -> TaskResult {
    let radula = build()?;
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

fn build() -> TaskResult<PathBuf> {
    run(cargo().args(["build", "--release", "--package", "radula-cli"]))?;
    build_native_classes("release")?;
    Ok(target_dir().join("release").join("radula"))
}
