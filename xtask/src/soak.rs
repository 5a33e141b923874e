//! `soak`: a mixed load on the durable store for minutes, judged and drawn.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the load in a process of its own and writes what came of it"
)]

mod plot;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::Stdio,
};

use self::plot::{Curve, Panel};
use crate::run::{TaskResult, cargo, command, root, run, target_dir};

/// One second of the load.
#[derive(Debug)]
struct Second {
    operations: f64,
    rss: f64,
    disk: f64,
    p50: f64,
    p99: f64,
    max: f64,
}

/// One figure of a second.
type Measure = fn(&Second) -> f64;

/// Runs the load for `--minutes N` (ten), writes `target/soak/soak.png` and `soak.csv`, and fails when memory or latency
/// at the end is not what it was at the beginning.
pub(crate) fn soak(arguments: &[String]) -> TaskResult {
    let minutes: f64 = match arguments {
        [] => 10.0,
        [flag, minutes] if flag == "--minutes" => minutes.parse()?,
        _ => return Err("soak takes --minutes N".into()),
    };
    run(cargo().args([
        "build",
        "--release",
        "--package",
        "radula",
        "--example",
        "soak",
    ]))?;
    let directory = target_dir().join("soak");
    let _gone = fs::remove_dir_all(directory.join("store"));
    fs::create_dir_all(&directory)?;
    let seconds = load(&directory, (minutes * 60.0).ceil())?;
    let png = directory.join("soak.png");
    draw(&seconds).write(&png)?;
    println!("{} seconds, drawn in {}", seconds.len(), png.display());
    judge(&seconds)
}

/// Runs the load and keeps what it says.
fn load(directory: &PathBuf, seconds: f64) -> TaskResult<Vec<Second>> {
    let mut child = command(target_dir().join("release/examples/soak"))
        .arg(directory)
        .arg(seconds.to_string())
        .arg(root().join("classes/lua"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = child.stdout.take().ok_or("the load has no output")?;
    let mut measured = Vec::new();
    let mut table = String::new();
    for line in BufReader::new(said).lines() {
        let line = line?;
        table.push_str(&line.replace(' ', ","));
        table.push('\n');
        let words: Vec<f64> = line
            .split(' ')
            .map_while(|word| word.parse().ok())
            .collect();
        if let [second, operations, rss, disk, p50, p99, max] = words[..] {
            measured.push(Second {
                operations,
                rss,
                disk,
                p50,
                p99,
                max,
            });
            if second % 30.0 == 0.0 {
                println!("{line}");
            }
        }
    }
    fs::write(directory.join("soak.csv"), table)?;
    match child.wait()?.success() {
        true => Ok(measured),
        false => Err("the load failed".into()),
    }
}

fn draw(seconds: &[Second]) -> plot::Plot {
    let curve = |name, scale: f64, of: Measure| Curve {
        name,
        values: seconds.iter().map(|second| of(second) / scale).collect(),
    };
    let mib = f64::from(1 << 20);
    plot::Plot {
        title: format!("mixed load, {} seconds", seconds.len()),
        panels: vec![
            Panel {
                title: "memory, MiB",
                curves: vec![curve("resident", mib, |second| second.rss)],
            },
            Panel {
                title: "latency, ms",
                curves: vec![
                    curve("median", 1000.0, |second| second.p50),
                    curve("99 of 100", 1000.0, |second| second.p99),
                ],
            },
            Panel {
                title: "slowest of each second, ms",
                curves: vec![curve("slowest", 1000.0, |second| second.max)],
            },
            Panel {
                title: "operations a second",
                curves: vec![curve("operations", 1.0, |second| second.operations)],
            },
            Panel {
                title: "disk, MiB",
                curves: vec![curve("store", mib, |second| second.disk)],
            },
        ],
    }
}

/// Compares the last fifth of the run with the second: the first fills caches and write buffers.
fn judge(seconds: &[Second]) -> TaskResult {
    let fifth = seconds.len() / 5;
    if fifth < 5 {
        return Err("too short to judge: at least 25 seconds".into());
    }
    let (early, late) = (
        &seconds[fifth..2 * fifth],
        &seconds[seconds.len() - fifth..],
    );
    // Half as much again is more than the ups and downs of flushes, and less than any leak comes to in ten minutes.
    let limits: [(&str, Measure, f64); 3] = [
        ("memory", |second| second.rss, 1.5),
        ("median latency", |second| second.p50, 2.0),
        ("99 of 100 latency", |second| second.p99, 3.0),
    ];
    let mut grown = Vec::new();
    for (name, of, limit) in limits {
        let (before, after) = (median(early, of), median(late, of));
        let ratio = after / before.max(1.0);
        println!("{name}: {ratio:.2} times what it was early in the run (up to {limit} is flat)");
        if ratio > limit {
            grown.push(name);
        }
    }
    match grown.is_empty() {
        true => Ok(()),
        false => Err(format!("not flat: {}", grown.join(", ")).into()),
    }
}

fn median(seconds: &[Second], of: Measure) -> f64 {
    let mut values: Vec<f64> = seconds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rss: impl Fn(usize) -> f64) -> Vec<Second> {
        let second = |n| Second {
            operations: 1000.0,
            rss: rss(n),
            disk: 1e9,
            p50: 300.0,
            p99: 3000.0,
            max: 9000.0,
        };
        (0..100).map(second).collect()
    }

    #[test]
    fn a_leak_is_not_flat_and_a_run_that_is_settles() {
        judge(&run(|n| if n < 20 { 1e6 } else { 1e8 })).unwrap();
        let leak = judge(&run(|n| 1e8 + 2e6 * n as f64)).unwrap_err();
        assert!(leak.to_string().contains("memory"), "{leak}");
        assert!(judge(&run(|_| 1e8)[..20]).is_err());
    }

    #[test]
    fn a_drawing_is_a_png_that_is_not_empty() {
        let directory = std::env::temp_dir().join(format!("soak-{}.png", std::process::id()));
        draw(&run(|n| 1e8 + n as f64)).write(&directory).unwrap();
        let bytes = fs::read(&directory).unwrap();
        fs::remove_file(&directory).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(bytes.len() > 3000, "{}", bytes.len());
    }
}
