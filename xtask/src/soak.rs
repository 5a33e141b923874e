//! `soak`: a mixed load on the durable store for minutes, judged and drawn by the benchmark's program.

use crate::run::{TaskResult, cargo, command, run, target_dir};

/// Runs the load for `--minutes N` (ten). `soak.html`, `soak.csv` and the verdict, `soak.txt`, go to `target/soak`; it fails
/// when memory or latency at the end is not what it was at the beginning.
pub(crate) fn soak(arguments: &[String]) -> TaskResult {
    let minutes = match arguments {
        [] => "10",
        [flag, minutes] if flag == "--minutes" => minutes,
        _ => return Err("soak takes --minutes N".into()),
    };
    run(cargo().args(["build", "--profile", "dist", "--package", "radula-bench"]))?;
    run(command(target_dir().join("dist/radula-bench"))
        .args(["--soak", minutes, "--out"])
        .arg(target_dir().join("soak")))
}
