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

/// Runs the load for `--minutes N` (ten), writes `soak.png`, `soak.csv` and the verdict, `soak.txt`, to `target/soak`, and
/// fails when memory or latency at the end is not what it was at the beginning.
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
    println!("drawn in {}", png.display());
    let verdict = judge(&seconds)?;
    let summary = verdict.lines.join("\n") + "\n";
    fs::write(directory.join("soak.txt"), &summary)?;
    print!("{summary}");
    match verdict.grown.is_empty() {
        true => Ok(()),
        false => Err(format!("not flat: {}", verdict.grown.join(", ")).into()),
    }
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

/// A quarter more memory, and half as much again or twice the latency, are more than the ups and downs of flushes and
/// merges between the thirds of a run, and less than any leak comes to in ten minutes.
const LIMITS: [(&str, &str, Measure, f64); 3] = [
    ("memory", "MiB", |second| second.rss / 1048576.0, 1.25),
    ("median latency", "ms", |second| second.p50 / 1000.0, 1.5),
    ("99 of 100 latency", "ms", |second| second.p99 / 1000.0, 2.0),
];

/// What is to be said of a run.
#[derive(Debug)]
struct Verdict {
    lines: Vec<String>,
    grown: Vec<&'static str>,
}

/// Seconds in which caches and write buffers fill.
const WARM_UP: usize = 30;

/// Compares the last third of the run with the first, by the median, once it is warm.
fn judge(seconds: &[Second]) -> TaskResult<Verdict> {
    let seconds = seconds.get(WARM_UP..).unwrap_or_default();
    let third = seconds.len() / 3;
    if third < 10 {
        return Err("too short to judge: at least a minute".into());
    }
    let (first, last) = (&seconds[..third], &seconds[seconds.len() - third..]);
    let mut verdict = Verdict {
        lines: vec![format!(
            "{} seconds after {WARM_UP} to warm up; quartiles of the first third, those of the last",
            seconds.len()
        )],
        grown: Vec::new(),
    };
    for (name, unit, of, limit) in LIMITS {
        let (before, after) = (quartiles(first, of), quartiles(last, of));
        let ratio = after[1] / before[1].max(1e-3);
        let flat = ratio <= limit;
        let show = |[low, middle, high]: [f64; 3]| format!("{low:.2} {middle:.2} {high:.2}");
        verdict.lines.push(format!(
            "{}: {name}, {unit}: {} -> {}: {ratio:.2} times (up to {limit} is flat)",
            if flat { "flat" } else { "NOT FLAT" },
            show(before),
            show(after),
        ));
        if !flat {
            verdict.grown.push(name);
        }
    }
    Ok(verdict)
}

fn quartiles(seconds: &[Second], of: Measure) -> [f64; 3] {
    let mut values: Vec<f64> = seconds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
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
        let settled = judge(&run(|n| if n < 30 { 1e6 } else { 1e8 })).unwrap();
        assert!(settled.grown.is_empty(), "{settled:?}");
        let leak = judge(&run(|n| 1e8 + 2e6 * n as f64)).unwrap();
        assert_eq!(leak.grown, ["memory"], "{leak:?}");
        assert!(leak.lines[1].starts_with("NOT FLAT: memory"), "{leak:?}");
        let mut slower = run(|_| 1e8);
        slower[60..].iter_mut().for_each(|second| second.p99 *= 2.5);
        assert_eq!(judge(&slower).unwrap().grown, ["99 of 100 latency"]);
        assert!(judge(&run(|_| 1e8)[..50]).is_err());
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
