//! The table on standard output.

use std::fmt::Write as _;

use super::{
    Outcome, Report, RowReport,
    format::{cost, percent, quantity, role, time},
};

/// The report as plain text.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    for row in &report.rows {
        rows(&mut text, row);
    }
    text
}

fn rows(text: &mut String, row: &RowReport) {
    let _infallible = writeln!(text, "\n{}  {}", row.id, row.title);
    let width = row.subjects.iter().map(|s| s.name.chars().count()).max();
    let width = width.unwrap_or(0);
    for subject in &row.subjects {
        let _infallible = write!(text, "  {:5} {:width$}  ", role(subject.role), subject.name);
        let _infallible = match &subject.outcome {
            Outcome::Missing { reason } => writeln!(text, "missing: {reason}"),
            Outcome::Failed { reason } => writeln!(text, "FAILED: {reason}"),
            Outcome::Measured(figure) => {
                let ratio = figure.cost.map_or_else(String::new, |c| cost(c.median));
                let latency = figure.latency.map_or_else(String::new, |latency| {
                    format!(
                        "  p50 {}, p99 {}, p99.9 {}",
                        time(latency.p50),
                        time(latency.p99),
                        time(latency.p999)
                    )
                });
                writeln!(
                    text,
                    "{:>12} {:>7} {ratio:>8}{latency}",
                    quantity(row.unit, figure.summary.median),
                    percent(figure.summary.spread()),
                )
            }
        };
    }
}
