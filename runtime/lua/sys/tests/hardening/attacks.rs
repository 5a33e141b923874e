//! Scripts that try to outlive their limits, one family a file in `attacks/`.
//!
//! Each is run until its deadline. It must end there, and no two looks at the clock may be far apart: a script
//! that ends in time because its own loop pays would still hold up the machine inside one C function.

use std::{fmt::Write, time::Duration};

use crate::harness::{Limits, Outcome, Run, SLOWER, run};

/// Longest processor time between two looks at the clock. A full collection of 16 MiB of small strings takes up
/// to 50 ms on a slow machine; the unguarded attacks take seconds.
const LONGEST_GAP: Duration = Duration::from_millis(150 * SLOWER as u64);

fn attack(family: &str, source: &str) {
    let mut failures = String::new();
    let mut cases = 0;
    for case in source
        .split("\n--- ")
        .map(|case| case.trim_start_matches("--- "))
    {
        let (head, script) = case.split_once('\n').expect("a script below its header");
        let (name, expected) = head.split_once(": ").expect("a header `--- name: outcome`");
        let run = run(
            script,
            Limits {
                deadline: Duration::from_millis(80),
                ..Limits::default()
            },
        );
        cases += 1;
        if let Err(reason) = verdict(&run, expected) {
            writeln!(failures, "{family}/{name}: {reason}: {:?}", run.outcome).unwrap();
        }
    }
    assert!(cases > 3, "{family}: the file holds a family");
    assert!(failures.is_empty(), "{failures}");
}

fn verdict(run: &Run, expected: &str) -> Result<(), String> {
    if run.gap > LONGEST_GAP {
        return Err(format!("{:?} between two looks at the clock", run.gap));
    }
    if let Some(note) = run.notes.iter().find(|note| note.contains("BREACH")) {
        return Err(format!("guest code ran after the end: {note}"));
    }
    let as_expected = match expected {
        "limit" => matches!(run.outcome, Outcome::Deadline | Outcome::Memory),
        "error" => matches!(run.outcome, Outcome::Error(_)),
        "returned" => matches!(run.outcome, Outcome::Returned(_)),
        "any" => true,
        other => return Err(format!("unknown outcome {other}")),
    };
    if as_expected {
        Ok(())
    } else {
        Err(format!("expected {expected}"))
    }
}

macro_rules! families {
    ($($test:ident: $file:literal;)*) => {$(
        #[test]
        fn $test() {
            attack($file, include_str!(concat!("attacks/", $file, ".lua")));
        }
    )*};
}

families! {
    loops_end_in_time: "loops";
    calls_end_in_time: "calls";
    metamethods_end_in_time: "metamethods";
    code_without_loops_ends_in_time: "straight_lines";
    string_functions_end_in_time: "strings";
    pattern_matching_ends_in_time: "patterns";
    table_functions_end_in_time: "tables";
    compiling_ends_in_time: "compiler";
    filling_memory_ends_in_time: "memory";
    raising_errors_ends_in_time: "messages";
}
