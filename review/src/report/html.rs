//! The report as one page a reviewer can file: no network, no files, everything that came from a case escaped.

use std::fmt::{Display, Write};

use objclass::text::is_unprintable;

use super::{CaseReport, Report};

/// What the page may do: its own style and script, nothing from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Text for HTML, in an element or a quoted attribute.
struct Html<'a>(&'a str);

impl Display for Html<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Neither layout tricks nor terminal sequences when the page is printed or copied.
                c if c != '\n' && is_unprintable(c) => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

pub(super) fn page(report: &Report) -> String {
    let mut page = String::with_capacity(256 << 10);
    // Writing to a String cannot fail.
    let _infallible = write_page(&mut page, report);
    page
}

fn write_page(page: &mut String, report: &Report) -> std::fmt::Result {
    let totals = &report.totals;
    let verdict = if totals.pass { "pass" } else { "fail" };
    writeln!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        page,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">"
    )?;
    writeln!(
        page,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    )?;
    writeln!(
        page,
        "<title>Security review of Radula {}</title>",
        Html(&report.engine.version)
    )?;
    writeln!(page, "<style>\n{STYLE}</style>\n</head>\n<body>\n<header>")?;
    writeln!(
        page,
        "<h1>Security review of Radula {}</h1>",
        Html(&report.engine.version)
    )?;
    let all = report.cases.len();
    writeln!(
        page,
        "<p class=\"total {verdict}\">{} of {all} cases pass</p>",
        totals.passed
    )?;
    if !report.conditions.unhardened.is_empty() {
        writeln!(
            page,
            "<p class=\"notice\">The guards were off in this run. Its failures show that the harness sees them; they say nothing about the engine.</p>"
        )?;
    }
    writeln!(page, "</header>\n<main>")?;
    figures(page, report)?;
    facts(page, report)?;
    if let Some(soak) = &report.soak {
        writeln!(
            page,
            "<section><h2>Soak</h2><p class=\"{}\">",
            if soak.pass { "pass" } else { "fail" }
        )?;
        write!(
            page,
            "{} calls of {} cases in one engine, {} at a time. ",
            soak.calls, soak.cases, soak.jobs
        )?;
        write!(
            page,
            "{} canary calls answered, the slowest in {:.1} ms. ",
            soak.canaries, soak.slowest_canary_ms
        )?;
        writeln!(page, "The process grew by {} KiB.</p>", soak.growth >> 10)?;
        list(page, "reasons", &soak.reasons)?;
        writeln!(page, "</section>")?;
    }
    table(page, report)?;
    rule(page, report)?;
    writeln!(
        page,
        "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>"
    )
}

fn figures(page: &mut String, report: &Report) -> std::fmt::Result {
    let totals = &report.totals;
    writeln!(
        page,
        "<section class=\"figures\" aria-label=\"Worst figures\">"
    )?;
    for (value, unit, label) in [
        (
            format!("{:.0}", totals.worst_elapsed_ms),
            "ms",
            "longest call",
        ),
        (
            format!("{:.0}", totals.worst_late_ms),
            "ms",
            "latest end after a deadline",
        ),
        (
            format!("{:.1}", totals.worst_gap_ms),
            "ms",
            "longest gap between looks at the clock",
        ),
        (
            format!("{:.1}", mib(totals.worst_growth)),
            "MiB",
            "largest growth, host bytes not counted",
        ),
    ] {
        writeln!(
            page,
            "<div><b>{value}<small> {unit}</small></b><span>{label}</span></div>"
        )?;
    }
    writeln!(page, "</section>")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "one digit behind the point is shown"
)]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn facts(page: &mut String, report: &Report) -> std::fmt::Result {
    let (engine, machine, conditions) = (&report.engine, &report.machine, &report.conditions);
    let off = |guards: &[crate::Guard]| match guards {
        [] => String::from("none"),
        guards => guards
            .iter()
            .map(|guard| guard.word())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let on = |on: bool| if on { "on" } else { "off" };
    let rows = [
        (
            "Engine",
            format!("{}, {} build", engine.version, engine.profile),
        ),
        (
            "Commit",
            engine.commit.clone().unwrap_or_else(|| "unknown".into()),
        ),
        (
            "Program (BLAKE3)",
            engine.program.clone().unwrap_or_else(|| "unknown".into()),
        ),
        ("Corpus (BLAKE3)", conditions.corpus.clone()),
        ("Guards switched off", off(&conditions.unhardened)),
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
        ("Child limits its own memory", on(conditions.rlimits).into()),
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
            format!(
                "{} × {}",
                machine.processors,
                machine.processor.as_deref().unwrap_or("unknown")
            ),
        ),
        (
            "Memory",
            machine
                .memory
                .map_or_else(|| "unknown".into(), |m| format!("{:.0} MiB", mib(m))),
        ),
        (
            "Began, took",
            format!("{}, {:.0} s", utc(machine.began), report.totals.seconds),
        ),
    ];
    writeln!(page, "<section><h2>What ran, and where</h2><dl>")?;
    for (name, value) in rows {
        writeln!(page, "<dt>{name}</dt><dd>{}</dd>", Html(&value))?;
    }
    writeln!(page, "</dl></section>")
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

fn table(page: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(page, "<section><h2>Cases</h2>")?;
    writeln!(page, "<form class=\"filter\" onsubmit=\"return false\">")?;
    writeln!(
        page,
        "<label>Filter <input id=\"text\" type=\"search\" placeholder=\"id, title, outcome\"></label>"
    )?;
    writeln!(
        page,
        "<label>Family <select id=\"family\"><option value=\"\">all</option>"
    )?;
    for family in crate::Family::ALL {
        writeln!(page, "<option>{family}</option>")?;
    }
    writeln!(
        page,
        "</select></label>\n<label><input id=\"failed\" type=\"checkbox\"> only failures</label>"
    )?;
    writeln!(page, "<output id=\"shown\"></output></form>")?;
    writeln!(page, "<div class=\"wide\"><table id=\"cases\"><thead><tr>")?;
    for (name, kind) in [
        ("Case", "text"),
        ("Family", "text"),
        ("Kind", "text"),
        ("Tries", "text"),
        ("Outcome", "text"),
        ("Took ms", "number"),
        ("Late ms", "number"),
        ("Gap ms", "number"),
        ("Grew KiB", "number"),
        ("Object", "text"),
        ("Canary", "text"),
        ("Verdict", "text"),
    ] {
        writeln!(
            page,
            "<th scope=\"col\" data-sort=\"{kind}\"><button type=\"button\">{name}</button></th>"
        )?;
    }
    writeln!(page, "</tr></thead>")?;
    for case in &report.cases {
        row(page, case)?;
    }
    writeln!(page, "</table></div></section>")
}

/// A body of two rows a case, so that sorting moves the details along.
fn row(page: &mut String, case: &CaseReport) -> std::fmt::Result {
    let verdict = if case.verdict.pass { "pass" } else { "fail" };
    let (right, all) = case.canaries();
    let gap = case
        .gap_ms()
        .map_or_else(String::new, |gap| format!("{gap:.1}"));
    writeln!(
        page,
        "<tbody data-verdict=\"{verdict}\" data-family=\"{}\"><tr>",
        case.family
    )?;
    writeln!(
        page,
        "<th scope=\"row\"><button type=\"button\" aria-expanded=\"false\">{}</button></th>",
        Html(&case.id)
    )?;
    for text in [
        case.family.word(),
        &case.kind,
        &case.title,
        case.verdict.outcome.word(),
    ] {
        write!(page, "<td>{}</td>", Html(text))?;
    }
    for number in [
        format!("{:.1}", case.elapsed_ms()),
        format!("{:.1}", case.late_ms()),
        gap,
        (case.evidence.memory.growth() >> 10).to_string(),
    ] {
        write!(page, "<td class=\"n\">{number}</td>")?;
    }
    writeln!(
        page,
        "<td>{}</td><td>{right}/{all}</td><td class=\"{verdict}\">{verdict}</td></tr>",
        case.object()
    )?;
    writeln!(page, "<tr class=\"more\" hidden><td colspan=\"12\">")?;
    details(page, case)?;
    writeln!(page, "</td></tr></tbody>")
}

fn details(page: &mut String, case: &CaseReport) -> std::fmt::Result {
    list(page, "reasons", &case.verdict.reasons)?;
    writeln!(page, "<p>{}</p>", Html(&case.why))?;
    writeln!(
        page,
        "<p>Accepted: {}. File: <code>{}</code>",
        Html(&case.expect.to_string()),
        Html(&case.file)
    )?;
    if case.attempts > 1 {
        write!(
            page,
            ". Run {} times, because the machine was too busy to tell",
            case.attempts
        )?;
    }
    writeln!(page, "</p><ul>")?;
    for call in &case.evidence.calls {
        write!(page, "<li><b>{}</b>", Html(&call.what))?;
        if call.times > 1 {
            write!(page, " × {}", call.times)?;
        }
        write!(page, ": {} in {:.2} ms", call.outcome, call.elapsed_ms)?;
        write!(
            page,
            " ({:.2} ms of processor, {} fuel)",
            call.cpu_ms, call.fuel
        )?;
        let object = if call.object_unchanged {
            "unchanged"
        } else {
            "changed"
        };
        write!(
            page,
            ", object {object}<br><code>{}</code>",
            Html(&call.text)
        )?;
        if !call.output.is_empty() {
            write!(page, "<br>output <code>{}</code>", Html(&call.output))?;
        }
        writeln!(page, "</li>")?;
    }
    for canary in &case.evidence.canaries {
        let state = if canary.right { "right" } else { "WRONG" };
        write!(
            page,
            "<li>canary {}: {state}, {:.2} ms",
            Html(&canary.what),
            canary.elapsed_ms
        )?;
        writeln!(page, " <code>{}</code></li>", Html(&canary.text))?;
    }
    let memory = &case.evidence.memory;
    writeln!(
        page,
        "<li>memory: {:.1} MiB before, {:.1} MiB at most; limit {:.1} MiB, host bytes {:.1} MiB</li>",
        mib(memory.before),
        mib(memory.peak),
        mib(memory.limit),
        mib(memory.host_bytes)
    )?;
    let (before, after) = (&case.evidence.object_before, &case.evidence.object_after);
    writeln!(
        page,
        "<li>object <code>{}</code> → <code>{}</code></li>",
        Html(before),
        Html(after)
    )?;
    writeln!(
        page,
        "<li>engine closed in {:.1} ms</li></ul>",
        case.evidence.close_ms
    )?;
    list(page, "notes", &case.evidence.findings.notes)
}

fn list(page: &mut String, class: &str, items: &[String]) -> std::fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(page, "<ul class=\"{class}\">")?;
    for item in items {
        writeln!(page, "<li>{}</li>", Html(item))?;
    }
    writeln!(page, "</ul>")
}

fn rule(page: &mut String, report: &Report) -> std::fmt::Result {
    let (grace, slack) = (report.conditions.grace_ms, mib(report.conditions.slack));
    writeln!(
        page,
        "<section><h2>The verdict rule</h2><p>A case passes only if the process lived and ended by itself;"
    )?;
    writeln!(
        page,
        "nothing it said holds the mark of a breach or a leak; every call ended in an accepted way, within"
    )?;
    writeln!(
        page,
        "its deadline and {grace:.0} ms; the process grew by no more than the memory limit, the host bytes"
    )?;
    writeln!(
        page,
        "the calls used and {slack:.0} MiB; the engine closed within {grace:.0} ms; the canaries answered"
    )?;
    writeln!(
        page,
        "rightly on the same and on another object; and the object is unchanged unless the call succeeded.</p>"
    )?;
    writeln!(page, "</section>")
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

    #[test]
    fn every_character_that_means_something_is_escaped() {
        let text = Html("<a href='x' title=\"y\">&\u{1b}[31m\u{202e}").to_string();
        assert_eq!(
            text,
            "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;\\u{1b}[31m\\u{202e}"
        );
    }
}
