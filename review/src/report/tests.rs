//! A report of hostile names and texts, in every form.

use super::*;
use crate::{
    Outcome,
    evidence::{CallSeen, CanarySeen, Findings, MemorySeen, NeighbourSeen},
};

/// Markup, a terminal sequence, a line break, and a direction override.
const EVIL: &str = "<script>alert(1)</script>\"'&\u{1b}[31m\nFAKE LINE\u{202e}</td>";

fn report() -> Report {
    let evil = || EVIL.to_owned();
    let case = CaseReport {
        id: evil(),
        family: Family::Lua,
        store: StoreKind::Disk,
        kind: evil(),
        title: evil(),
        why: evil(),
        file: evil(),
        expect: "ok".parse().unwrap(),
        verdict: Verdict {
            pass: false,
            outcome: Outcome::Error,
            reasons: vec![evil()],
            starved: false,
        },
        evidence: Evidence {
            calls: vec![CallSeen {
                what: evil(),
                times: 2,
                outcome: Outcome::Error,
                succeeded: false,
                accepted: "ok".parse().unwrap(),
                elapsed_ms: 1001.5,
                cpu_ms: 900.0,
                deadline_ms: 1000.0,
                gap_ms: Some(0.25),
                fuel: 7,
                text: evil(),
                output: evil(),
                object_unchanged: true,
                wrong: vec![evil()],
            }],
            canaries: vec![CanarySeen {
                what: evil(),
                right: false,
                elapsed_ms: 0.1,
                text: evil(),
            }],
            object_before: evil(),
            object_after: evil(),
            memory: MemorySeen {
                before: 1 << 20,
                peak: 3 << 20,
                limit: 16 << 20,
                host_bytes: 0,
            },
            neighbour: NeighbourSeen::default(),
            close_ms: 0.1,
            findings: Findings {
                breaches: vec![evil()],
                leaks: vec![evil()],
                notes: vec![evil()],
            },
        },
        attempts: 2,
    };
    let cases = vec![case];
    Report {
        format: 1,
        engine: Engine {
            version: evil(),
            commit: Some(evil()),
            profile: evil(),
            program: None,
        },
        machine: Machine {
            processor: Some(evil()),
            system: evil(),
            ..Machine::this()
        },
        conditions: Conditions {
            corpus: evil(),
            unhardened: vec![Guard::Lua],
            known_files: 3,
            rlimits: true,
            jobs: 1,
            stores: StoreKind::ALL.to_vec(),
            seed: 0,
            installed_limits: evil(),
            eval_limits: evil(),
            grace_ms: 250.0,
            slack: 8 << 20,
        },
        totals: Totals::of(&cases, None, None, None, 1.0),
        cases,
        soak: Some(SoakReport {
            reasons: vec![evil()],
            ..SoakReport::default()
        }),
        search: None,
        rates: None,
    }
}

#[test]
fn nothing_from_a_case_is_markup_in_the_page() {
    let page = report().to_html();
    for bad in ["<script>alert", "</td>\"", "\u{1b}", "\u{202e}", "'&\u{1b}"] {
        assert!(!page.contains(bad), "{bad:?} is in the page");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
    // One script element, the page's own, and nothing fetched from anywhere.
    assert_eq!(page.matches("<script").count(), 1);
    for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside} is in the page");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_element_of_the_page_is_closed() {
    let page = report().to_html();
    for element in [
        "html", "head", "body", "main", "section", "table", "tbody", "tr", "ul", "dl", "p", "code",
        "button",
    ] {
        let opened = page.matches(&format!("<{element}>")).count()
            + page.matches(&format!("<{element} ")).count();
        let closed = page.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "<{element}>");
    }
}

#[test]
fn nothing_from_a_case_moves_the_cursor_or_forges_a_line() {
    let report = report();
    let row = table_row(&report.cases[0]);
    let text = format!("{}\n{row}\n{}", table_head(), summary(&report));
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    assert!(
        !text.lines().any(|line| line.starts_with("FAKE LINE")),
        "{text}"
    );
    assert!(row.contains("FAIL") && row.contains("because"), "{row}");
    assert!(text.contains("known breaches reported: 0 of 0"));
}

#[test]
fn the_json_report_reads_back_as_it_was() {
    let report = report();
    let json = report.to_json().unwrap();
    let again: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(again.to_json().unwrap(), json);
    assert_eq!(again.cases[0].title, EVIL);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["totals"]["pass"], false);
    assert_eq!(value["cases"][0]["verdict"]["outcome"], "error");
}
