//! Scripts: as an installed class, through `eval_json`, in pairs, and the probe after them.

use std::path::{Path, PathBuf};

use objclass::Limits;
use runtime::EVAL_CLASS;

use super::{
    CaseRun,
    bench::{self, ATTACKED, Answer, Bench, OTHER, Unable},
    seen::seen,
};
use crate::{
    Accepted, Outcome,
    case::{Body, Script},
    evidence::CallSeen,
};

const PROBE: &str = include_str!("probe.lua");

/// A call this quick is made again, to see whether it answers the same.
const QUICK_MS: f64 = 100.0;

/// The class with the probe after it, and the script alone, for when the two do not go together.
const PROBED: &str = "attack";
const PLAIN: &str = "plain";

pub(super) fn lay_out(script: &Script) -> Result<PathBuf, Unable> {
    let directory = bench::class_dir()?;
    write_attack(&directory, PROBED, script)?;
    bench::write_class(&directory, PLAIN, &source_of(script)?)?;
    if let Some(pair) = pair_of(script) {
        let (source, pair) = (source_of(script)?, source_of(pair)?);
        bench::write_class(&directory, "pair", &pair)?;
        // Both in one chunk share one state, where a leak would show first.
        let mut both = source;
        both.push(b'\n');
        both.extend(renamed(&pair));
        bench::write_class(&directory, "both", &both)?;
    }
    Ok(directory)
}

/// Installs the script, with the probe after it when it ends in a registration.
pub(super) fn write_attack(directory: &Path, class: &str, script: &Script) -> Result<(), Unable> {
    let mut source = source_of(script)?;
    if takes_probe(&source) {
        source.push(b'\n');
        source.extend_from_slice(PROBE.as_bytes());
    }
    bench::write_class(directory, class, &source)
}

fn pair_of(script: &Script) -> Option<&Script> {
    match script.pair.as_deref().map(|pair| &pair.body) {
        Some(Body::Script(pair)) => Some(pair),
        _ => None,
    }
}

/// The script's bytes, registered with the flags the case asks for.
fn source_of(script: &Script) -> Result<Vec<u8>, Unable> {
    let source = script.source.bytes()?;
    let Some(flags) = &script.flags else {
        return Ok(source);
    };
    let text = String::from_utf8(source)
        .map_err(|_| Unable::Case("@flags needs a script that is UTF-8"))?;
    let plain = ".register(attack)";
    if !text.contains(plain) {
        return Err(Unable::Case(
            "@flags needs a script that ends in cls.register(attack)",
        ));
    }
    Ok(text
        .replace(plain, &format!(".register(attack, {flags:?})"))
        .into_bytes())
}

fn takes_probe(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(source);
    text.trim_end().lines().last().is_some_and(|line| {
        line.trim_end().ends_with(".register(attack)") || line.contains(".register(attack, ")
    })
}

/// The pair's script with its method under another name.
fn renamed(source: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(source)
        .replace("function attack(", "function attack_pair(")
        .replace(".register(attack)", ".register(attack_pair)")
        .into_bytes()
}

pub(super) fn attack(run: &mut CaseRun<'_>, bench: &Bench, script: &Script) -> Result<(), Unable> {
    let expect = run.case.expect.clone();
    run.speaker.stage("loading the class");
    let probed = takes_probe(&script.source.bytes()?) && bench.load(PROBED).is_none();
    run.speaker.stage("loading the class as it is");
    // Whatever the probe did to the chunk, what the script does alone is the evidence.
    if probed {
        installed(run, bench, PROBED, script, &expect)?;
        run.probe(bench, PROBED, "after, same class");
    } else if run.loads(bench, PLAIN, &expect) {
        installed(run, bench, PLAIN, script, &expect)?;
    }
    through_eval(run, bench, script, &expect)?;
    paired(run, bench, script, &expect)
}

fn installed(
    run: &mut CaseRun<'_>,
    bench: &Bench,
    class: &str,
    script: &Script,
    expect: &Accepted,
) -> Result<(), Unable> {
    let mut inputs = Vec::new();
    for input in &script.inputs {
        inputs.push(input.bytes()?);
    }
    if inputs.is_empty() {
        inputs.push(b"hello".to_vec());
    }
    for (number, input) in inputs.iter().enumerate() {
        let what = match inputs.len() {
            1 => String::from("installed method"),
            _ => format!("installed method, input {}", number + 1),
        };
        run.freshen(bench)?;
        let (answer, mut call) =
            run.call(bench, &what, ATTACKED, (class, "attack"), input, expect)?;
        if let (Ok(first), true, true) = (
            &answer.result,
            call.object_unchanged,
            answer.elapsed_ms < QUICK_MS,
        ) {
            check_names(&mut call, &first.output, &script.allow);
            let again = bench.exec(ATTACKED, class, "attack", input);
            let same = again
                .result
                .as_ref()
                .is_ok_and(|reply| reply.ret == first.ret && reply.output == first.output);
            if !same && !asks_for_random_bytes(script) {
                call.wrong.push(String::from(
                    "the same call answered differently the second time",
                ));
            }
        }
        run.evidence.calls.push(call);
    }
    Ok(())
}

/// Random bytes of the host are meant to differ.
fn asks_for_random_bytes(script: &Script) -> bool {
    let source = script.source.bytes().unwrap_or_default();
    let source = String::from_utf8_lossy(&source);
    source.contains("cls.random") || source.contains("objclass.random")
}

/// An output that lists what a script can reach may list nothing that is not allowed.
fn check_names(call: &mut CallSeen, output: &[u8], allow: &[String]) {
    if allow.is_empty() {
        return;
    }
    let output = String::from_utf8_lossy(output);
    for name in output.split_whitespace().filter(|name| name.contains(':')) {
        let path = name.split(':').next().unwrap_or(name);
        if !allow.iter().any(|allowed| allowed == path) && path != "_G.review_probe" {
            call.wrong
                .push(format!("{path} is reachable and not on the list"));
        }
    }
}

fn through_eval(
    run: &mut CaseRun<'_>,
    bench: &Bench,
    script: &Script,
    expect: &Accepted,
) -> Result<(), Unable> {
    let Ok(source) = String::from_utf8(source_of(script)?) else {
        return Ok(());
    };
    // The limits of eval are lower, so they may be what ends it.
    let expect = [
        Outcome::LimitCpu,
        Outcome::LimitMem,
        Outcome::LimitOutput,
        Outcome::LimitHost,
    ]
    .into_iter()
    .fold(expect.clone(), Accepted::or);
    // A chunk that does not load is an error of the request.
    let expect = if expect.contains(Outcome::Refused) {
        expect.or(Outcome::Error)
    } else {
        expect
    };
    let own = std::iter::once("attack".to_owned()).chain(script.eval_handlers.iter().cloned());
    for handler in own {
        let what = format!("eval_json, handler {handler}");
        let input = serde_json::json!({ "script": source, "handler": handler, "input": "hello" });
        let expect = if handler == "attack" {
            expect.clone()
        } else {
            Accepted::any_controlled_end()
        };
        run.freshen(bench)?;
        let (_, call) = run.call(
            bench,
            &what,
            ATTACKED,
            (EVAL_CLASS, "eval_json"),
            input.to_string().as_bytes(),
            &expect,
        )?;
        run.evidence.calls.push(call);
    }
    Ok(())
}

fn paired(
    run: &mut CaseRun<'_>,
    bench: &Bench,
    script: &Script,
    expect: &Accepted,
) -> Result<(), Unable> {
    let Some(pair) = script.pair.as_deref() else {
        return Ok(());
    };
    let mut calls = vec![
        (
            "pair",
            "attack",
            ATTACKED,
            format!("pair {}, same object", pair.id),
            &pair.expect,
        ),
        (
            "pair",
            "attack",
            OTHER,
            format!("pair {}, other object", pair.id),
            &pair.expect,
        ),
    ];
    // In one chunk the pair has to be itself before the attack, or a change afterwards would mean nothing.
    let neutral = || {
        let answer = bench.exec(OTHER, "both", "attack_pair", b"hello").result;
        answer.is_ok_and(|reply| !String::from_utf8_lossy(&reply.output).contains("BREACH"))
    };
    if pair.expect.contains(Outcome::Ok) && neutral() {
        calls.push((
            "both",
            "attack",
            ATTACKED,
            format!("{} again, in one class with its pair", run.case.id),
            expect,
        ));
        for (oid, place) in [(ATTACKED, "same"), (OTHER, "other")] {
            let what = format!("pair {} in one class, {place} object", pair.id);
            calls.push(("both", "attack_pair", oid, what, &pair.expect));
        }
    }
    for (class, method, oid, what, expect) in calls {
        let (_, call) = run.call(bench, &what, oid, (class, method), b"hello", expect)?;
        run.evidence.calls.push(call);
    }
    Ok(())
}

impl CaseRun<'_> {
    /// Opens a class. When it does not open, that is what the case came to.
    pub(super) fn loads(&mut self, bench: &Bench, class: &str, expect: &Accepted) -> bool {
        let answer = bench.load(class);
        let Some(answer) = answer else { return true };
        let what = format!("loading class {class}");
        let evidence = &mut self.evidence;
        let call = seen(
            &what,
            expect,
            &answer,
            &Limits::INSTALLED,
            true,
            &mut evidence.findings,
            &mut evidence.memory,
        );
        evidence.calls.push(call);
        false
    }

    /// Makes the attacked object what it was at first, when an earlier call changed it: that is not this call's.
    fn freshen(&self, bench: &Bench) -> Result<(), Unable> {
        if bench.digest()? != self.evidence.object_before {
            bench.seed(ATTACKED)?;
            self.shape(bench)?;
        }
        Ok(())
    }

    /// One measured call, with the object's digest around it.
    pub(super) fn call(
        &mut self,
        bench: &Bench,
        what: &str,
        oid: &str,
        (class, method): (&str, &str),
        input: &[u8],
        expect: &Accepted,
    ) -> Result<(Answer, CallSeen), Unable> {
        self.speaker.stage(what);
        let before = bench.digest_of(oid)?;
        let answer = bench.exec(oid, class, method, input);
        let unchanged = bench.digest_of(oid)? == before;
        let evidence = &mut self.evidence;
        let limits = if class == EVAL_CLASS {
            Limits::EVAL
        } else {
            Limits::INSTALLED
        };
        let call = seen(
            what,
            expect,
            &answer,
            &limits,
            unchanged,
            &mut evidence.findings,
            &mut evidence.memory,
        );
        for line in self.log.take() {
            evidence.findings.search("log", line.as_bytes());
        }
        Ok((answer, call))
    }

    /// Calls the probe that was appended to class `class`.
    fn probe(&mut self, bench: &Bench, class: &str, when: &str) {
        let answer = bench.exec(OTHER, class, "review_probe", b"probe");
        let (right, text) = match &answer.result {
            Ok(reply) => (
                reply.output == "PRISTINE",
                objclass::escaped(&reply.output, 400),
            ),
            Err(error) => (false, error.to_string()),
        };
        let what = format!("probe {when}");
        self.evidence.canaries.push(crate::evidence::CanarySeen {
            what,
            right,
            elapsed_ms: answer.elapsed_ms,
            text,
        });
    }
}
