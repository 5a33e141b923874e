use super::*;

fn figure(value: f64) -> Outcome {
    let summary = Summary::of(&[value]).unwrap();
    Outcome::Measured(Box::new(Figure {
        summary,
        cost: Some(Summary::of(&[2.5]).unwrap()),
        latency: None,
        rounds: vec![value],
    }))
}

fn report(outcomes: Vec<Outcome>) -> Report {
    let subjects = outcomes.into_iter().enumerate();
    Report {
        format: Report::FORMAT,
        machine: Machine::this(std::path::Path::new("/")),
        quick: true,
        only: None,
        took_seconds: 1.0,
        rows: vec![RowReport {
            id: "call/test".into(),
            title: "a | title <with> marks".into(),
            what: "what".into(),
            fair: "fair".into(),
            unit: Unit::Seconds,
            series: Some(Series {
                name: "a series".into(),
                axis: "clients".into(),
                x: 4,
            }),
            rounds: 1,
            round_seconds: 1.0,
            took_seconds: 1.0,
            subjects: subjects
                .map(|(index, outcome)| SubjectReport {
                    name: format!("subject {index}"),
                    role: if index == 0 { Role::Floor } else { Role::Peer },
                    outcome,
                })
                .collect(),
        }],
    }
}

fn absent(reason: &str) -> Outcome {
    Outcome::Missing {
        reason: reason.into(),
    }
}

#[test]
fn a_missing_peer_is_shown_everywhere_and_is_no_fault() {
    let report = report(vec![figure(1e-6), absent("no such program")]);
    assert_eq!(report.faults(), [""; 0]);
    for shown in [table(&report), page(&report), tables(&report)] {
        assert!(shown.contains("missing: no such program"), "{shown}");
        assert!(shown.contains("1.00 µs"), "{shown}");
        assert!(shown.contains("2.50×"), "{shown}");
    }
}

#[test]
fn a_failed_subject_and_an_empty_run_are_faults() {
    let broken = report(vec![Outcome::Failed {
        reason: "broken".into(),
    }]);
    assert_eq!(broken.faults(), ["call/test: subject 0: broken"]);
    let mut empty = report(vec![]);
    assert_eq!(empty.faults(), ["call/test: has no subject"]);
    empty.rows.clear();
    assert_eq!(empty.faults(), ["no row was run"]);
}

#[test]
fn a_report_reads_back() {
    let report = report(vec![figure(1.0), absent("why")]);
    let text = serde_json::to_string(&report).unwrap();
    let back: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(tables(&back), tables(&report));
}

#[test]
fn the_page_needs_nothing_else_and_escapes_what_it_shows() {
    let page = page(&report(vec![figure(1.0), figure(2.0)]));
    assert!(page.contains("a | title &lt;with&gt; marks"));
    for forbidden in ["<script", "http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(page.contains("class=\"curve\""));
}

#[test]
fn tables_replace_only_what_is_between_the_marks() {
    let report = report(vec![figure(1.0)]);
    let document = "before\n<!-- figures: written by cargo xtask bench --write-docs, do not edit -->\nold\n<!-- end of figures -->\nafter\n";
    let new = replace_tables(document, &report).unwrap();
    assert!(new.starts_with("before\n") && new.ends_with("-->\nafter\n"));
    assert!(!new.contains("old") && new.contains("a \\| title"));
    assert_eq!(replace_tables(&new, &report).unwrap(), new);
    assert_eq!(replace_tables("no marks", &report), None);
}
