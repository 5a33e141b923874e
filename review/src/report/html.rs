//! The report as one page a reviewer can file: no network, no files, everything that came from a case escaped.

mod cases;
mod facts;
mod text;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::text::Text;
use super::Report;

/// What the page may do: its own style and script, nothing from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Report {
    /// The report as one page that needs nothing else, neither network nor files.
    #[must_use]
    pub fn to_html(&self) -> String {
        page(self)
    }
}

fn page(report: &Report) -> String {
    let title = format!("Security review of Radula {}", report.engine.version);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (Text(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (Text(&title)) }
                    (heading(report))
                }
                main {
                    (facts::figures(report))
                    (facts::facts(report))
                    (soak(report))
                    (cases::table(&report.cases))
                    (rule(report))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn heading(report: &Report) -> Markup {
    html! {
        p class={ "total " (verdict(report.totals.pass)) } {
            (report.totals.passed) " of " (report.cases.len()) " cases pass"
        }
        @if !report.conditions.unhardened.is_empty() {
            p.notice {
                "The guards were off in this run. Its failures show that the harness sees them; they say nothing about the engine."
            }
        }
    }
}

fn verdict(passes: bool) -> &'static str {
    if passes { "pass" } else { "fail" }
}

fn soak(report: &Report) -> Markup {
    html! {
        @if let Some(soak) = &report.soak {
            section {
                h2 { "Soak" }
                p class=(verdict(soak.pass)) {
                    (soak.calls) " calls of " (soak.cases) " cases in one engine, " (soak.jobs) " at a time. "
                    (soak.canaries) " canary calls answered, the slowest in " (format!("{:.1}", soak.slowest_canary_ms)) " ms. "
                    "The process grew by " (soak.growth >> 10) " KiB."
                }
                (list("reasons", &soak.reasons))
            }
        }
    }
}

/// A list, if there is anything in it.
fn list(class: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            ul class=(class) {
                @for item in items { li { (Text(item)) } }
            }
        }
    }
}

fn rule(report: &Report) -> Markup {
    let grace = format!("{:.0} ms", report.conditions.grace_ms);
    html! {
        section {
            h2 { "The verdict rule" }
            p {
                "A case passes only if the process lived and ended by itself; nothing it said holds the mark of a breach or a leak; "
                "every call ended in an accepted way, within its deadline and " (grace) "; the process grew by no more than the "
                "memory limit, the host bytes the calls used and " (format!("{:.0}", mib(report.conditions.slack))) " MiB; "
                "the engine closed within " (grace) "; the canaries answered rightly on the same and on another object; and the "
                "object is unchanged unless the call succeeded."
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "one digit after the point is shown"
)]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
