//! The tables of `docs/performance.md`.

use std::fmt::Write as _;

use super::{
    Outcome, Report, RowReport,
    format::{cost, percent, quantity, role, time},
    html::heading,
};

const BEGIN: &str = "<!-- figures: written by cargo xtask bench --write-docs, do not edit -->";
const END: &str = "<!-- end of figures -->";

/// Puts the tables of `report` between the two marks of `document`; none when the marks are not there.
#[must_use]
pub fn replace_tables(document: &str, report: &Report) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}{END}{after}", tables(report)))
}

/// The facts a reader needs, by name.
pub(super) fn facts(report: &Report) -> Vec<(String, String)> {
    let machine = &report.machine;
    let unknown = || "unknown".to_owned();
    let memory = machine.memory.map_or_else(unknown, |bytes| {
        quantity(crate::model::Unit::Bytes, as_f64(bytes))
    });
    let processor = machine.processor.clone().unwrap_or_else(unknown);
    let mut facts = vec![
        ("Date".to_owned(), machine.date.clone()),
        (
            "Commit".to_owned(),
            machine.commit.clone().unwrap_or_else(unknown),
        ),
        (
            "Machine".to_owned(),
            format!(
                "{} × {processor}, {memory}, {} ({}), file system {}, load at the start {}",
                machine.processors,
                machine.kernel,
                machine.architecture,
                machine.file_system.clone().unwrap_or_else(unknown),
                machine
                    .load
                    .map_or_else(unknown, |load| format!("{load:.2}")),
            ),
        ),
        ("Time".to_owned(), format!("{:.0} s", report.took_seconds)),
    ];
    if let Some(only) = &report.only {
        facts.push(("Rows".to_owned(), format!("only {only}")));
    }
    let versions = machine.versions.iter();
    let versions: Vec<_> = versions
        .map(
            |(name, version)| match version.strip_prefix(name.as_str()) {
                Some(_) => version.clone(),
                None => format!("{name} {version}"),
            },
        )
        .collect();
    facts.push(("Versions".to_owned(), versions.join("; ")));
    facts
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

/// The report as Markdown.
#[must_use]
pub fn tables(report: &Report) -> String {
    let mut text = String::from("\n");
    for (name, value) in facts(report) {
        let _infallible = writeln!(text, "- {name}: {}", escaped(&value));
    }
    let mut group = "";
    for row in &report.rows {
        if row.group() != group {
            group = row.group();
            let _infallible = writeln!(
                text,
                "\n## {}\n\n| row | | subject | median | ± | × floor | p99 | p99.9 |\n|---|---|---|--:|--:|--:|--:|--:|",
                heading(group)
            );
        }
        rows(&mut text, row);
    }
    text.push('\n');
    text
}

fn rows(text: &mut String, row: &RowReport) {
    for (index, subject) in row.subjects.iter().enumerate() {
        let title = if index == 0 { row.title.as_str() } else { "" };
        let _infallible = write!(
            text,
            "| {} | {} | {} | ",
            escaped(title),
            role(subject.role),
            escaped(&subject.name)
        );
        let _infallible = match &subject.outcome {
            Outcome::Missing { reason } => {
                writeln!(text, "missing: {} | | | | |", escaped(reason))
            }
            Outcome::Failed { reason } => writeln!(text, "failed: {} | | | | |", escaped(reason)),
            Outcome::Measured(figure) => {
                let ratio = figure.cost.map_or_else(String::new, |c| cost(c.median));
                let latency = figure.latency.map_or_else(Default::default, |latency| {
                    [time(latency.p99), time(latency.p999)]
                });
                writeln!(
                    text,
                    "{} | {} | {ratio} | {} | {} |",
                    quantity(row.unit, figure.summary.median),
                    percent(figure.summary.spread()),
                    latency[0],
                    latency[1]
                )
            }
        };
    }
}

/// A cell: nothing in it ends it or the line.
fn escaped(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
