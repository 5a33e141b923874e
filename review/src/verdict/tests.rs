//! Each rule, broken alone, fails the case.

use super::*;
use crate::evidence::{CallSeen, CanarySeen, MemorySeen};

fn good() -> Evidence {
    Evidence {
        calls: vec![CallSeen {
            what: "installed method".into(),
            times: 1,
            outcome: Outcome::LimitCpu,
            succeeded: false,
            accepted: "limit:cpu|ok".parse().unwrap(),
            elapsed_ms: 1040.0,
            cpu_ms: 1000.0,
            deadline_ms: 1000.0,
            gap_ms: Some(3.0),
            fuel: 1,
            text: String::new(),
            output: String::new(),
            object_unchanged: true,
            wrong: Vec::new(),
        }],
        canaries: vec![CanarySeen {
            what: "after, same object".into(),
            right: true,
            elapsed_ms: 0.1,
            text: String::new(),
        }],
        memory: MemorySeen {
            before: 10 << 20,
            peak: 30 << 20,
            limit: 16 << 20,
            host_bytes: 0,
        },
        ..Evidence::default()
    }
}

fn ended(evidence: Evidence) -> Ended {
    Ended {
        exit: Exit::Code(0),
        last: Some(Event::Evidence(Box::new(evidence))),
        stray: Vec::new(),
        stderr: Vec::new(),
    }
}

fn reasons(ended: &Ended) -> String {
    let (verdict, _) = judge(ended);
    assert_eq!(verdict.pass, verdict.reasons.is_empty());
    verdict.reasons.join("; ")
}

#[test]
fn good_evidence_passes() {
    assert_eq!(reasons(&ended(good())), "");
}

#[test]
fn every_broken_rule_fails_the_case() {
    type Break = fn(&mut Evidence);
    let broken: [(&str, Break); 8] = [
        ("after its deadline", |e| e.calls[0].elapsed_ms = 1251.0),
        ("ended in error", |e| e.calls[0].outcome = Outcome::Error),
        ("object changed", |e| e.calls[0].object_unchanged = false),
        ("grew by", |e| e.memory.peak = 35 << 20),
        ("to close", |e| e.close_ms = 251.0),
        ("canary", |e| e.canaries[0].right = false),
        ("BREACH in", |e| e.findings.search("log", b"a BREACH")),
        ("LEAK in", |e| e.findings.search("output", b"LEAK 0x55")),
    ];
    for (word, break_it) in broken {
        let mut evidence = good();
        break_it(&mut evidence);
        let found = reasons(&ended(evidence));
        assert!(found.contains(word), "{word:?} is not in {found:?}");
    }
}

#[test]
fn a_dead_silent_or_noisy_child_fails_the_case() {
    let mut dead = ended(good());
    dead.exit = Exit::Signal(11);
    assert!(reasons(&dead).contains("signal 11"));
    let mut hung = ended(good());
    hung.exit = Exit::Killed;
    hung.last = Some(Event::Stage("attack".into()));
    let (verdict, _) = judge(&hung);
    assert!(!verdict.pass && verdict.outcome == Outcome::Hang);
    let mut silent = ended(good());
    silent.last = None;
    assert!(reasons(&silent).contains("no evidence"));
    let mut noisy = ended(good());
    noisy.stray = b"hello".to_vec();
    assert!(reasons(&noisy).contains("standard output"));
    let mut errors = ended(good());
    errors.stderr = b"BREACH".to_vec();
    assert!(reasons(&errors).contains("standard error"));
    let mut unable = ended(good());
    unable.last = Some(Event::Unable("no space".into()));
    assert!(reasons(&unable).contains("no space"));
}

#[test]
fn a_late_end_on_a_busy_machine_is_worth_another_try_and_a_breach_is_not() {
    let mut evidence = good();
    evidence.calls[0].elapsed_ms = 1400.0;
    evidence.calls[0].cpu_ms = 700.0;
    assert!(judge(&ended(evidence.clone())).0.starved);
    evidence.findings.search("output", b"BREACH");
    assert!(!judge(&ended(evidence.clone())).0.starved);
    evidence.findings = Findings::default();
    evidence.calls[0].cpu_ms = 1390.0;
    assert!(
        !judge(&ended(evidence)).0.starved,
        "it was the engine that was late"
    );
}
