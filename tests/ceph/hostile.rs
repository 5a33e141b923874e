//! The hostile corpus through class `lua`, on a cluster of three OSDs.
//!
//! With Ceph's own class `lua` one endless script takes one OSD after the other, as the request is sent again to
//! the next client. Here every script of the corpus must end in one of the ways it may, in time, and all OSDs
//! must be there afterwards and serve other objects.

use std::time::Duration;

use libtest_mimic::Trial;
use review::{Accepted, Body, Case, Corpus, Outcome};
use serde_json::json;
use testkit::{
    behaviour::eval_request,
    cluster::{Answer, ClassDir, Client, Cluster, OsdStore},
    corpus::corpus as corpus_files,
};

use crate::shared::Shared;

/// The deadline of scripts that come with a request, as built in.
const DEADLINE: Duration = Duration::from_millis(100);

/// What a script may take at most: a quarter more, and what a client and a message on a loopback interface need.
const WITHIN: Duration = Duration::from_millis(125 + 25);

/// What bytes of a request take on their way through two processes, beside which the call itself is nothing when there
/// are many.
fn transport(bytes: usize) -> Duration {
    Duration::from_micros(bytes as u64 / 50)
}

/// How long before a call counts as never answered.
const HANG: Duration = Duration::from_secs(20);

/// How long a neighbour may wait for its answer, beside the call it waits behind: loaded machines are slow.
const SERVED: Duration = Duration::from_secs(5);

/// How often a call is tried again when lateness is all that is wrong with it: other tests are running.
const TRIES: usize = 5;

/// Objects the neighbours are; enough to have some on each OSD.
const NEIGHBOURS: usize = 12;

pub(crate) fn trials() -> Vec<Trial> {
    let three = Shared::with_plugin("hostile-memstore-3", |options, _| {
        options.on(OsdStore::Memory, 3)
    });
    vec![
        Trial::test(
            "hostile-memstore-3/every_script_and_every_request_of_the_corpus_is_run",
            || {
                every_script_and_every_request_of_the_corpus_is_run();
                Ok(())
            },
        ),
        three.trial(
            "every_hostile_script_ends_in_time_and_all_osds_serve_their_neighbours",
            |cluster, _| attack(cluster, scripts()),
        ),
        three.trial(
            "every_hostile_request_ends_in_time_and_all_osds_serve_their_neighbours",
            |cluster, _| attack(cluster, requests()),
        ),
        three.trial(
            "a_script_without_end_leaves_its_placement_group_to_others",
            a_script_without_end_leaves_its_placement_group_to_others,
        ),
    ]
}

/// One call of a case.
#[derive(Clone)]
struct Attack {
    case: String,
    method: String,
    input: Vec<u8>,
    accepted: Accepted,
}

fn corpus() -> Vec<Case> {
    let corpus = Corpus::built_in().unwrap_or_else(|error| panic!("the corpus: {error}"));
    corpus.cases
}

/// Every script, for each handler it wants to be called by.
fn scripts() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for case in corpus() {
        let Body::Script(script) = &case.body else {
            continue;
        };
        let source = script.source.bytes().expect("a well-formed corpus");
        let handlers = script.eval_handlers.iter().map(String::as_str);
        for handler in std::iter::once("attack").chain(handlers) {
            let accepted = if handler == "attack" {
                accepted_of(&case)
            } else {
                Accepted::any_controlled_end()
            };
            // JSON cannot carry what is no text.
            let (method, input) = match std::str::from_utf8(&source) {
                Ok(text) => (
                    "eval_json",
                    json!({"script": text, "handler": handler, "input": "hello"})
                        .to_string()
                        .into_bytes(),
                ),
                Err(_) => (
                    "eval_bufferlist",
                    eval_request(&source, handler.as_bytes(), b"hello"),
                ),
            };
            attacks.push(Attack {
                case: format!("{} ({}), handler {handler}", case.id, case.title),
                method: method.into(),
                input,
                accepted,
            });
        }
    }
    attacks
}

/// Every script of the corpus and every request, by the numbers their files begin with.
#[expect(
    clippy::disallowed_methods,
    reason = "lists the repository's own files"
)]
fn files_of_the_corpus() -> Vec<String> {
    let mut ids = Vec::new();
    for family in ["lua", "transactions", "eval"] {
        let directory = corpus_files().join("hostile").join(family);
        for entry in std::fs::read_dir(directory).expect("the corpus") {
            let name = entry.expect("the corpus").file_name();
            let name = name.to_string_lossy();
            if family == "eval" || name.ends_with(".lua") {
                let id = name.split(['_', '.']).next().unwrap_or_default();
                ids.push(id.to_owned());
            }
        }
    }
    ids
}

fn every_script_and_every_request_of_the_corpus_is_run() {
    let files = files_of_the_corpus();
    assert!(files.len() > 100, "{files:?}");
    let attacks = [scripts(), requests()].concat();
    let left_out: Vec<_> = files
        .iter()
        .filter(|id| {
            !attacks
                .iter()
                .any(|attack| attack.case.starts_with(&format!("{id} ")))
        })
        .collect();
    assert!(left_out.is_empty(), "never run: {left_out:?}");
}

/// Requests that are hostile themselves.
fn requests() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for case in corpus() {
        if let Body::Eval(request) = &case.body {
            attacks.push(Attack {
                case: format!("{} ({})", case.id, case.title),
                method: request.method.clone(),
                input: request.input.bytes().expect("a well-formed corpus"),
                accepted: accepted_of(&case),
            });
        }
    }
    assert!(!attacks.is_empty());
    attacks
}

/// What a case accepts through class `lua`: its lower limits may be what ends it, and a chunk that does not load is
/// an error of the request.
fn accepted_of(case: &Case) -> Accepted {
    let limits = [
        Outcome::LimitCpu,
        Outcome::LimitMem,
        Outcome::LimitOutput,
        Outcome::LimitHost,
    ];
    let accepted = limits.into_iter().fold(case.expect.clone(), Accepted::or);
    if accepted.contains(Outcome::Refused) {
        accepted.or(Outcome::Error)
    } else {
        accepted
    }
}

/// What an answer may mean: several limits share an error number, and RADOS keeps nothing else of an error here.
fn outcomes_of(answer: &Answer) -> Vec<Outcome> {
    const EIO: i32 = -5;
    const E2BIG: i32 = -7;
    const ENOMEM: i32 = -12;
    const EFBIG: i32 = -27;
    const ELOOP: i32 = -40;
    const ETIMEDOUT: i32 = -110;
    const EDQUOT: i32 = -122;
    match answer.ret {
        0.. if answer.output.starts_with(b"REFUSED") => vec![Outcome::Refused],
        0.. => vec![Outcome::Ok],
        EIO => vec![Outcome::Error, Outcome::Refused],
        ETIMEDOUT | ELOOP => vec![Outcome::LimitCpu],
        ENOMEM => vec![Outcome::LimitMem],
        E2BIG => vec![Outcome::LimitOutput, Outcome::LimitLog, Outcome::LimitHost],
        EFBIG | EDQUOT => vec![Outcome::LimitHost, Outcome::Error],
        _ => vec![Outcome::Error, Outcome::Refused],
    }
}

fn attack(cluster: &Cluster, attacks: Vec<Attack>) {
    let mut client = cluster.client();
    for oid in (0..NEIGHBOURS).map(neighbour) {
        client.write_full(&oid, b"x").expect("a healthy cluster");
    }
    let mut wrong = Vec::new();
    for (index, attack) in attacks.iter().enumerate() {
        let oid = format!("attacked.{index}");
        client
            .write_full(&oid, b"seeded data")
            .expect("a healthy cluster");
        if let Err(what) = judge(&mut client, &oid, attack) {
            wrong.push(format!("{}: {what}", attack.case));
        }
        // And once more while neighbours on all OSDs are asked for.
        let again = client.begin(&oid, "lua", &attack.method, &attack.input);
        let asked: Vec<_> = (0..NEIGHBOURS)
            .map(|index| client.begin(&neighbour(index), "hello", "say_hello", b"neighbour"))
            .collect();
        for (index, call) in asked.into_iter().enumerate() {
            let answer = client.wait(call, SERVED).unwrap_or_else(|| {
                panic!(
                    "{}: {} is not served meanwhile",
                    attack.case,
                    neighbour(index)
                )
            });
            assert_eq!(answer.output, b"Hello, neighbour!", "{}", attack.case);
        }
        assert!(client.wait(again, HANG).is_some(), "{}", attack.case);
        // Whatever it was, the cluster must be whole before the next one: else that one would be blamed.
        assert!(cluster.all_alive(), "{}: an OSD died", attack.case);
        let oid = neighbour(index % NEIGHBOURS);
        let call = client.begin(&oid, "hello", "say_hello", b"neighbour");
        let answer = client
            .wait(call, SERVED)
            .unwrap_or_else(|| panic!("{}: {oid} is not served afterwards", attack.case));
        assert_eq!(answer.output, b"Hello, neighbour!", "{}", attack.case);
    }
    assert_eq!(cluster.osds_up(), 3);
    let printed = cluster.osd_output();
    if printed.contains("BREACH") {
        wrong.push(format!("the OSDs printed: {printed}"));
    }
    assert!(
        wrong.is_empty(),
        "{} of {} calls\n{}",
        wrong.len(),
        attacks.len(),
        wrong.join("\n")
    );
}

fn neighbour(index: usize) -> String {
    format!("neighbour.{index}")
}

fn judge(client: &mut Client, oid: &str, attack: &Attack) -> Result<(), String> {
    let mut late = Vec::new();
    let within = WITHIN + transport(attack.input.len());
    for _ in 0..TRIES {
        let call = client.begin(oid, "lua", &attack.method, &attack.input);
        let Some(answer) = client.wait(call, HANG) else {
            return Err(format!("no answer within {HANG:?}"));
        };
        if contains(&answer.output, b"BREACH") {
            return Err(format!("{:?}", String::from_utf8_lossy(&answer.output)));
        }
        let outcomes = outcomes_of(&answer);
        if !outcomes.iter().any(|&end| attack.accepted.contains(end)) {
            return Err(format!("{answer:?}, expected {}", attack.accepted));
        }
        if answer.took <= within {
            return Ok(());
        }
        late.push(answer.took);
    }
    Err(format!("late, deadline {DEADLINE:?}: took {late:?}"))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Sent over and over from several clients' calls at once, at the object whose neighbours are asked for.
fn a_script_without_end_leaves_its_placement_group_to_others(cluster: &Cluster, _: &ClassDir) {
    let mut client = cluster.client();
    client
        .write_full("contested", b"x")
        .expect("a healthy cluster");
    let endless = json!({
        "script": "function f() while true do end end objclass.register(f)",
        "handler": "f",
        "input": "",
    });
    let endless = endless.to_string();
    let calls: Vec<_> = (0..8)
        .map(|_| client.begin("contested", "lua", "eval_json", endless.as_bytes()))
        .collect();
    let hello = client.begin("contested", "hello", "say_hello", b"");
    for call in calls {
        let answer = client.wait(call, HANG).expect("each is ended");
        assert_eq!(answer.ret, -110, "ETIMEDOUT");
    }
    let hello = client.wait(hello, HANG).expect("its turn comes");
    assert_eq!(hello.output, b"Hello, world!");
    assert!(cluster.all_alive());
}
