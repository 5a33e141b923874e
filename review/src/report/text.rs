//! The report on a terminal: one line a case, then the conclusion.

use std::fmt::Write;

use objclass::escaped;

use super::{CaseReport, Report};
use crate::{evidence::SoakReport, rates::RatesReport, search::SearchReport};

/// Ids and titles come from files; more than this of them is noise.
const MAX_WORD: usize = 48;

/// The heading of the table.
#[must_use]
pub fn table_head() -> String {
    format!(
        "{:<7} {:<6} {:<6} {:<12} {:>9} {:>8} {:>8} {:>9} {:<7} {:<6} {}",
        "CASE",
        "STORE",
        "KIND",
        "OUTCOME",
        "TOOK ms",
        "LATE ms",
        "GAP ms",
        "GREW KiB",
        "OBJECT",
        "CANARY",
        "VERDICT"
    )
}

/// One case: a line, and a line more for each reason it fails.
#[must_use]
pub fn table_row(case: &CaseReport) -> String {
    let gap = case
        .gap_ms()
        .map_or_else(|| String::from("-"), |gap| format!("{gap:.1}"));
    let (right, all) = case.canaries();
    let mut row = format!(
        "{:<7} {:<6} {:<6} {:<12} {:>9.1} {:>8.1} {:>8} {:>9} {:<7} {:<6} {} {}",
        escaped(case.id.as_bytes(), MAX_WORD),
        case.store,
        escaped(case.kind.as_bytes(), MAX_WORD),
        case.verdict.outcome,
        case.elapsed_ms(),
        case.late_ms(),
        gap,
        case.evidence.memory.growth() >> 10,
        case.object(),
        format!("{right}/{all}"),
        if case.verdict.pass { "pass" } else { "FAIL" },
        escaped(case.title.as_bytes(), MAX_WORD),
    );
    for reason in &case.verdict.reasons {
        // Reasons quote guest text that is escaped already; escaping again is harmless and certain.
        let _infallible = write!(row, "\n        because {}", escaped(reason.as_bytes(), 400));
    }
    row
}

/// The conclusion.
#[must_use]
pub fn summary(report: &Report) -> String {
    let totals = &report.totals;
    let mut text = String::new();
    let mut line = |content: String| {
        text.push_str(&content);
        text.push('\n');
    };
    if report.soak.is_none() && report.search.is_none() && report.rates.is_none() {
        let all = report.cases.len();
        line(format!(
            "{} of {all} cases pass, in {:.0} s",
            totals.passed, totals.seconds
        ));
        line(format!(
            "worst: call {:.0} ms, {:.0} ms after its deadline, {:.1} ms between looks at the clock, {} KiB grown",
            totals.worst_elapsed_ms,
            totals.worst_late_ms,
            totals.worst_gap_ms,
            totals.worst_growth >> 10
        ));
    }
    if let Some(search) = &report.search {
        line(search_lines(search));
    }
    if let Some(rates) = &report.rates {
        line(rates_lines(rates));
    }
    if let Some(soak) = &report.soak {
        line(soak_line(soak));
    }
    // A report may be read back from a file that somebody edited.
    let shown = |text: &str| escaped(text.as_bytes(), 64);
    let engine = &report.engine;
    let commit = engine.commit.as_deref().unwrap_or("unknown commit");
    let (version, profile) = (shown(&engine.version), shown(&engine.profile));
    line(format!("engine {version} ({}, {profile})", shown(commit)));
    line(format!("corpus {}", shown(&report.conditions.corpus)));
    if report.conditions.known_files > 0 {
        let known = report.conditions.known_files;
        line(format!(
            "{known} of the files named are built in already and were run once"
        ));
    }
    if !report.conditions.unhardened.is_empty() {
        let off: Vec<&str> = report
            .conditions
            .unhardened
            .iter()
            .map(|guard| guard.word())
            .collect();
        let known = report.known_breaches().count();
        let missed: Vec<&str> = report
            .known_breaches()
            .filter(|case| case.verdict.pass)
            .map(|case| case.id.as_str())
            .collect();
        line(format!(
            "guards OFF: {}; failures are expected and show that the harness sees them",
            off.join(", ")
        ));
        line(format!(
            "known breaches reported: {} of {known}",
            known - missed.len()
        ));
        if !missed.is_empty() {
            line(format!("MISSED: {}", missed.join(" ")));
        }
    }
    if !totals.failed.is_empty() {
        let failed: Vec<String> = totals
            .failed
            .iter()
            .map(|id| escaped(id.as_bytes(), MAX_WORD))
            .collect();
        line(format!("failed: {}", failed.join(" ")));
    }
    text
}

fn search_lines(search: &SearchReport) -> String {
    let mut text = format!(
        "{} programs with {} statements that call the host; worst: {:.0} ms after a deadline, {} KiB grown, {:.0} ms for a neighbour; {}",
        search.programs,
        search.host_calls,
        search.worst_late_ms,
        search.worst_growth >> 10,
        search.worst_neighbour_ms,
        match search.findings.len() {
            0 => String::from("no finding"),
            findings => format!("{findings} findings"),
        }
    );
    for finding in &search.findings {
        let _infallible = write!(text, "\n\nprogram {} FAILS", finding.number);
        for reason in &finding.reasons {
            let _infallible = write!(
                text,
                "\n        because {}",
                escaped(reason.as_bytes(), 400)
            );
        }
        // The script is ours: composed of known statements, printable text throughout.
        let _infallible = write!(text, "\n{}", finding.script);
    }
    text
}

/// Longest text of a statement in the table.
const MAX_STATEMENT: usize = 90;

fn rates_lines(rates: &RatesReport) -> String {
    let mut text = format!(
        "{:<28} {:>10} {:>8}  {}",
        "FUNCTION", "ns/unit", "GAP ms", "WORST SHAPE"
    );
    let shown = |text: &str, most| escaped(text.as_bytes(), most);
    for rate in &rates.functions {
        let cost = rate
            .ns_per_unit
            .map_or_else(|| "-".to_owned(), |ns| format!("{ns:.1}"));
        let _infallible = write!(
            text,
            "\n{:<28} {cost:>10} {:>8.2}  {}",
            shown(&rate.function, MAX_WORD),
            rate.gap_ms,
            shown(&rate.dearest, MAX_STATEMENT)
        );
        for reason in &rate.reasons {
            let (reason, longest) = (shown(reason, 200), shown(&rate.longest, MAX_STATEMENT));
            let _infallible = write!(
                text,
                "\n        FAIL because {reason}; longest gap at {longest}"
            );
        }
    }
    let _infallible = write!(
        text,
        "\n{} functions, {} statements, median {:.1} ns for a unit of fuel: {}",
        rates.functions.len(),
        rates.statements,
        rates.median_ns,
        if rates.pass { "pass" } else { "FAIL" }
    );
    for reason in &rates.reasons {
        let _infallible = write!(text, "\n        because {}", shown(reason, 400));
    }
    text
}

fn soak_line(soak: &SoakReport) -> String {
    let mut line = format!(
        "soak: {} calls, {} at a time: {}, slowest canary {:.1} ms, grew {} KiB",
        soak.calls,
        soak.jobs,
        if soak.pass { "pass" } else { "FAIL" },
        soak.slowest_canary_ms,
        soak.growth >> 10,
    );
    for reason in soak.reasons.iter().take(20) {
        let _infallible = write!(
            line,
            "\n        because {}",
            escaped(reason.as_bytes(), 400)
        );
    }
    line
}
