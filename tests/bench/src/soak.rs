//! A mixed load on the durable store for minutes, measured every second: memory, disk, latency. It is judged by
//! whether the end is like the beginning, and drawn.

mod load;
mod verdict;

use std::{fs, io::Write as _, path::Path, process::ExitCode, time::Duration};

use self::verdict::{Verdict, judge};
use crate::{
    model::Failure,
    report::{Curve, curves_over_time, plain_page},
};

/// One second of the load.
#[derive(Clone, Debug)]
struct Second {
    operations: f64,
    rss: f64,
    disk: f64,
    /// Seconds of an operation.
    p50: f64,
    p99: f64,
    most: f64,
}

/// One figure of a second.
type Measure = fn(&Second) -> f64;

const MIB: f64 = 1_048_576.0;

/// Runs the load for `minutes` and writes `soak.html`, `soak.csv` and the verdict, `soak.txt`, to `directory`. The exit
/// code says whether the run stayed flat.
///
/// # Errors
/// The load fails, loses an increment, or is too short to judge.
pub fn soak(directory: &Path, minutes: f64) -> Result<ExitCode, Failure> {
    fs::create_dir_all(directory)?;
    let mut table = fs::File::create(directory.join("soak.csv"))?;
    writeln!(
        table,
        "second,operations,rss_bytes,disk_bytes,p50_s,p99_s,max_s"
    )?;
    let duration = Duration::try_from_secs_f64((minutes * 60.0).ceil())?;
    let seconds = load::run(directory, duration, |number, second| {
        let Second {
            operations,
            rss,
            disk,
            p50,
            p99,
            most,
        } = second;
        let line = format!("{number},{operations},{rss},{disk},{p50},{p99},{most}");
        writeln!(table, "{line}")?;
        if number % 30 == 0 {
            println!("{line}");
        }
        Ok(())
    })?;
    let page = directory.join("soak.html");
    fs::write(&page, draw(&seconds))?;
    println!("drawn in {}", page.display());
    let Verdict { lines, grown } = judge(&seconds)?;
    let summary = lines.join("\n") + "\n";
    fs::write(directory.join("soak.txt"), &summary)?;
    print!("{summary}");
    if grown.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("not flat: {}", grown.join(", "));
    Ok(ExitCode::FAILURE)
}

fn draw(seconds: &[Second]) -> String {
    let curve = |name, of: Measure| Curve {
        name,
        values: seconds.iter().map(of).collect(),
    };
    let panels = [
        (
            "memory, MiB",
            vec![curve("resident", |second| second.rss / MIB)],
        ),
        (
            "latency, ms",
            vec![
                curve("median", |second| second.p50 * 1e3),
                curve("99 of 100", |second| second.p99 * 1e3),
            ],
        ),
        (
            "slowest of each second, ms",
            vec![curve("slowest", |second| second.most * 1e3)],
        ),
        (
            "operations a second",
            vec![curve("operations", |second| second.operations)],
        ),
        (
            "disk, MiB",
            vec![curve("store", |second| second.disk / MIB)],
        ),
    ];
    let drawn: String = panels
        .iter()
        .map(|(title, curves)| curves_over_time(title, curves))
        .collect();
    plain_page(&format!("Mixed load, {} seconds", seconds.len()), &drawn)
}
