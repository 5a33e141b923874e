//! The main job on real input, from nothing: what the README's first command does.

use crate::{
    classes::build_native_classes,
    run::{TaskResult, cargo, command, run, target_dir},
};

pub(crate) fn demo() -> TaskResult {
    run(cargo().args(["build", "--release", "--package", "radula-cli"]))?;
    build_native_classes("release")?;
    let radula = target_dir().join("release").join("radula");
    let call = ["exec", "greeting", "hellolua", "say_hello", "Ceph"];
    eprintln!("$ radula {}", call.join(" "));
    let status = command(&radula).args(call).status()?;
    println!();
    if !status.success() {
        return Err(format!("radula {}: {status}", call.join(" ")).into());
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
