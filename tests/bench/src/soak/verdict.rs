//! Whether a run was flat: its last third against its first.

use super::{MIB, Measure, Second};
use crate::{model::Failure, stats::Summary};

/// A quarter more memory, and half as much again or twice the latency, are more than the ups and downs of flushes and
/// merges between the thirds of a run, and less than any leak comes to in ten minutes.
const LIMITS: [(&str, &str, Measure, f64); 3] = [
    ("memory", "MiB", |second| second.rss / MIB, 1.25),
    ("median latency", "ms", |second| second.p50 * 1e3, 1.5),
    ("99 of 100 latency", "ms", |second| second.p99 * 1e3, 2.0),
];

/// Seconds in which caches and write buffers fill.
const WARM_UP: usize = 30;

/// What a run came to.
#[derive(Debug)]
pub(super) struct Verdict {
    /// One line for each figure.
    pub(super) lines: Vec<String>,
    /// The figures that were not flat.
    pub(super) grown: Vec<&'static str>,
}

/// Compares the last third of the run with the first, by the median, once it is warm.
pub(super) fn judge(seconds: &[Second]) -> Result<Verdict, Failure> {
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
        let (before, after) = (summary(first, of)?, summary(last, of)?);
        let ratio = after.median / before.median.max(1e-3);
        let flat = ratio <= limit;
        let show = |of: Summary| format!("{:.2} {:.2} {:.2}", of.lower, of.median, of.upper);
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

fn summary(seconds: &[Second], of: Measure) -> Result<Summary, Failure> {
    let values: Vec<f64> = seconds.iter().map(of).collect();
    Summary::of(&values).ok_or_else(|| "no second was measured".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rss: impl Fn(usize) -> f64) -> Vec<Second> {
        let second = |n| Second {
            operations: 1000.0,
            rss: rss(n),
            disk: 1e9,
            p50: 3e-4,
            p99: 3e-3,
            most: 9e-3,
        };
        (0..100).map(second).collect()
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    fn a_leak_is_not_flat_and_a_run_that_settles_is() {
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
    fn a_drawing_has_every_panel() {
        let page = super::super::draw(&run(|_| 1e8));
        assert_eq!(page.matches("<svg").count(), 5);
        assert!(page.contains("99 of 100"));
    }
}
