//! The worst figures, and what ran where.

use maud::{Markup, html};

use super::{mib, text::Text};
use crate::report::Report;

pub(super) fn figures(report: &Report) -> Markup {
    let totals = &report.totals;
    let whole = |value: f64| format!("{value:.0}");
    let tenths = |value: f64| format!("{value:.1}");
    let growth = tenths(mib(totals.worst_growth));
    let figures = [
        (whole(totals.worst_elapsed_ms), "ms", "longest call"),
        (
            whole(totals.worst_late_ms),
            "ms",
            "latest end after a deadline",
        ),
        (
            tenths(totals.worst_gap_ms),
            "ms",
            "longest gap between looks at the clock",
        ),
        (growth, "MiB", "largest growth, host bytes not counted"),
    ];
    html! {
        section.figures aria-label="Worst figures" {
            @for (value, unit, label) in figures {
                div { b { (value) small { " " (unit) } } span { (label) } }
            }
        }
    }
}

pub(super) fn facts(report: &Report) -> Markup {
    html! {
        section {
            h2 { "What ran, and where" }
            dl {
                @for (name, value) in rows(report) {
                    dt { (name) }
                    dd { (Text(&value)) }
                }
            }
        }
    }
}

fn rows(report: &Report) -> [(&'static str, String); 14] {
    let (engine, machine, conditions) = (&report.engine, &report.machine, &report.conditions);
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".into());
    let off: Vec<_> = conditions
        .unhardened
        .iter()
        .map(|guard| guard.word())
        .collect();
    let off = if off.is_empty() {
        "none".into()
    } else {
        off.join(", ")
    };
    let memory = machine.memory.map(|bytes| format!("{:.0} MiB", mib(bytes)));
    let on = if conditions.rlimits { "on" } else { "off" };
    [
        (
            "Engine",
            format!("{}, {} build", engine.version, engine.profile),
        ),
        ("Commit", known(&engine.commit)),
        ("Program (BLAKE3)", known(&engine.program)),
        ("Corpus (BLAKE3)", conditions.corpus.clone()),
        ("Guards switched off", off),
        (
            "Limits, installed class",
            conditions.installed_limits.clone(),
        ),
        ("Limits, eval", conditions.eval_limits.clone()),
        (
            "Grace, slack",
            format!(
                "{:.0} ms, {:.0} MiB",
                conditions.grace_ms,
                mib(conditions.slack)
            ),
        ),
        ("Child limits its own memory", on.into()),
        (
            "Cases at a time, seed",
            format!("{}, {}", conditions.jobs, conditions.seed),
        ),
        (
            "System",
            format!("{} on {}", machine.system, machine.architecture),
        ),
        (
            "Processor",
            format!("{} × {}", machine.processors, known(&machine.processor)),
        ),
        ("Memory", known(&memory)),
        (
            "Began, took",
            format!("{}, {:.0} s", utc(machine.began), report.totals.seconds),
        ),
    ]
}

/// Seconds since the epoch as a date and time people read.
fn utc(seconds: u64) -> String {
    // A clock beyond the calendar's end is wrong by itself.
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or(jiff::Timestamp::MAX)
        .strftime("%Y-%m-%d %H:%M UTC")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(951_827_696), "2000-02-29 12:34 UTC");
        assert_eq!(utc(4_102_444_799), "2099-12-31 23:59 UTC");
    }
}
