//! The table of cases, with the details of each.

use maud::{Markup, html};

use super::{list, mib, text::Text, verdict};
use crate::{Evidence, Family, evidence::CallSeen, report::CaseReport};

const COLUMNS: [(&str, &str); 12] = [
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
];

pub(super) fn table(cases: &[CaseReport]) -> Markup {
    html! {
        section {
            h2 { "Cases" }
            form.filter onsubmit="return false" {
                label { "Filter " input #text type="search" placeholder="id, title, outcome"; }
                label {
                    "Family "
                    select #family {
                        option value="" { "all" }
                        @for family in Family::ALL { option { (family.word()) } }
                    }
                }
                label { input #failed type="checkbox"; " only failures" }
                output #shown {}
            }
            div.wide {
                table #cases {
                    thead {
                        tr {
                            @for (name, kind) in COLUMNS {
                                th scope="col" data-sort=(kind) { button type="button" { (name) } }
                            }
                        }
                    }
                    @for case in cases { (row(case)) }
                }
            }
        }
    }
}

/// A body of two rows a case, so that sorting moves the details along.
fn row(case: &CaseReport) -> Markup {
    let verdict = verdict(case.verdict.pass);
    let (right, all) = case.canaries();
    let words = [
        case.family.word(),
        &case.kind,
        &case.title,
        case.verdict.outcome.word(),
    ];
    let gap = case.gap_ms();
    let numbers = [
        format!("{:.1}", case.elapsed_ms()),
        format!("{:.1}", case.late_ms()),
        gap.map_or_else(String::new, |gap| format!("{gap:.1}")),
        (case.evidence.memory.growth() >> 10).to_string(),
    ];
    html! {
        tbody data-verdict=(verdict) data-family=(case.family.word()) {
            tr {
                th scope="row" { button type="button" aria-expanded="false" { (Text(&case.id)) } }
                @for word in words { td { (Text(word)) } }
                @for number in &numbers { td.n { (number) } }
                td { (case.object()) }
                td { (right) "/" (all) }
                td class=(verdict) { (verdict) }
            }
            tr.more hidden {
                td colspan=(COLUMNS.len()) { (details(case)) }
            }
        }
    }
}

fn details(case: &CaseReport) -> Markup {
    html! {
        (list("reasons", &case.verdict.reasons))
        p { (Text(&case.why)) }
        p {
            "Accepted: " (Text(&case.expect.to_string())) ". File: " code { (Text(&case.file)) }
            @if case.attempts > 1 {
                ". Run " (case.attempts) " times, because the machine was too busy to tell"
            }
        }
        ul { (seen(&case.evidence)) }
        (list("notes", &case.evidence.findings.notes))
    }
}

fn seen(evidence: &Evidence) -> Markup {
    let memory = &evidence.memory;
    let tenths = |bytes| format!("{:.1} MiB", mib(bytes));
    html! {
        @for call in &evidence.calls { (call_seen(call)) }
        @for canary in &evidence.canaries {
            li {
                "canary " (Text(&canary.what)) ": " (if canary.right { "right" } else { "WRONG" })
                (format!(", {:.2} ms ", canary.elapsed_ms)) code { (Text(&canary.text)) }
            }
        }
        li {
            "memory: " (tenths(memory.before)) " before, " (tenths(memory.peak)) " at most; limit " (tenths(memory.limit))
            ", host bytes " (tenths(memory.host_bytes))
        }
        li {
            "object " code { (Text(&evidence.object_before)) } " → " code { (Text(&evidence.object_after)) }
        }
        li { (format!("engine closed in {:.1} ms", evidence.close_ms)) }
    }
}

fn call_seen(call: &CallSeen) -> Markup {
    html! {
        li {
            b { (Text(&call.what)) }
            @if call.times > 1 { " × " (call.times) }
            (format!(
                ": {} in {:.2} ms ({:.2} ms of processor, {} fuel), object {}",
                call.outcome, call.elapsed_ms, call.cpu_ms, call.fuel,
                if call.object_unchanged { "unchanged" } else { "changed" },
            ))
            br; code { (Text(&call.text)) }
            @if !call.output.is_empty() { br; "output " code { (Text(&call.output)) } }
        }
    }
}
