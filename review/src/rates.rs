//! Real time per unit of fuel, for every library and host function a script can reach: the worst shapes a random search finds.
//!
//! Fuel is only as good as its prices. A function that is fifty times as cheap as the others is a way to have more of the machine
//! than the limits say; one that runs for ten milliseconds without a look at the clock is a way past the deadline.

use serde::{Deserialize, Serialize};

use crate::{
    StoreKind,
    child_process::ask,
    error::ReviewError,
    event::Event,
    evidence::Rate,
    options::Options,
    task::{Rates, Task},
    verdict,
};

/// How many times the median a unit of fuel may cost. Without optimisation the host's functions are slow and Lua's are not.
const MOST_TIMES: f64 = if cfg!(debug_assertions) { 500.0 } else { 50.0 };

/// Milliseconds between two looks at the clock.
const MOST_GAP_MS: f64 = if cfg!(debug_assertions) { 100.0 } else { 10.0 };

/// Every function with the worst that was found of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RatesReport {
    /// By what a unit costs, the dearest first.
    pub functions: Vec<Rate>,
    /// What a unit costs in the middle of them, in nanoseconds.
    pub median_ns: f64,
    /// How many statements were run.
    pub statements: u64,
    /// What was wrong with no function in particular.
    pub reasons: Vec<String>,
    /// Whether nothing is wrong.
    pub pass: bool,
}

/// Tries `shapes` random shapes of each function.
///
/// # Errors
/// A child cannot be started.
pub(crate) fn run(options: &Options, shapes: u32) -> Result<RatesReport, ReviewError> {
    let task = Task::Rates(Rates {
        shapes,
        seed: options.seed,
    });
    let ended = ask(options, StoreKind::Disk, task)?;
    let mut reasons = Vec::new();
    verdict::process_outcome(&ended, &mut reasons);
    let mut report = match &ended.last {
        Some(Event::Rates(seen)) => RatesReport {
            functions: seen.functions.clone(),
            statements: seen.statements,
            ..RatesReport::default()
        },
        Some(Event::Unable(why)) => return Err(ReviewError::Search(why.clone())),
        Some(Event::Stage(stage)) => {
            reasons.push(format!("it ended at {stage}"));
            RatesReport::default()
        }
        _ => RatesReport::default(),
    };
    report.reasons = reasons;
    judge(&mut report);
    Ok(report)
}

fn judge(report: &mut RatesReport) {
    let cost = |rate: &Rate| rate.ns_per_unit.unwrap_or(0.0);
    let functions = &mut report.functions;
    functions.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
    let known: Vec<f64> = functions
        .iter()
        .filter_map(|rate| rate.ns_per_unit)
        .collect();
    report.median_ns = known.get(known.len() / 2).copied().unwrap_or(0.0);
    for rate in functions.iter_mut() {
        let times = cost(rate) / report.median_ns.max(f64::MIN_POSITIVE);
        if times > MOST_TIMES {
            rate.reasons
                .push(format!("a unit costs {times:.0} times the median"));
        }
        if rate.gap_ms > MOST_GAP_MS {
            let gap = rate.gap_ms;
            rate.reasons
                .push(format!("{gap:.1} ms without a look at the clock"));
        }
    }
    if functions.is_empty() && report.reasons.is_empty() {
        report.reasons.push("no function was measured".into());
    }
    let is_right = functions.iter().all(|rate| rate.reasons.is_empty());
    report.pass = is_right && report.reasons.is_empty();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(function: &str, ns: Option<f64>, gap_ms: f64) -> Rate {
        Rate {
            function: function.into(),
            ns_per_unit: ns,
            gap_ms,
            ..Rate::default()
        }
    }

    #[test]
    fn a_cheap_function_and_one_that_does_not_look_fail() {
        let right = [
            rate("a", Some(3.0), 0.1),
            rate("b", Some(2.0), 0.1),
            rate("c", None, 0.0),
        ];
        let with = |wrong: Option<Rate>| {
            let mut report = RatesReport {
                functions: right.iter().cloned().chain(wrong).collect(),
                ..RatesReport::default()
            };
            judge(&mut report);
            report
        };
        assert!(with(None).pass);
        let dear = with(Some(rate("dear", Some(3.0 * MOST_TIMES + 3.0), 0.1)));
        assert!(!dear.pass && dear.functions[0].function == "dear");
        assert!(!with(Some(rate("blind", Some(1.0), MOST_GAP_MS + 1.0))).pass);
        let mut nothing = RatesReport::default();
        judge(&mut nothing);
        assert!(!nothing.pass, "nothing measured is nothing shown");
    }
}
