//! Limits and usage as a caller sees them. That limits hold is the business of the behaviour suite.

use objclass::{LimitKind, Limits};
use radula::ExecOptions;
use testkit::{
    behaviour::{StoreKind, Subject},
    engine::TestEngine,
};

fn engine(store: StoreKind) -> TestEngine {
    TestEngine::of(&Subject::lua(store), None)
}

/// Fuel and memory of the same three calls on a fresh object.
fn spent(engine: &TestEngine, oid: &str) -> Vec<(u64, u64)> {
    let objects = engine.objects();
    ["1", "41", "-7"]
        .iter()
        .map(|step| {
            let reply = objects
                .exec(oid, "counter", "add", step.as_bytes())
                .expect("the add succeeds");
            let usage = reply.ran.expect("it ran in this process").usage;
            (usage.fuel, usage.memory)
        })
        .collect()
}

#[test]
fn the_same_call_uses_the_same_fuel_and_memory_whenever_and_wherever_it_runs() {
    let (memory, disk) = (engine(StoreKind::Memory), engine(StoreKind::Disk));
    let first = spent(&memory, "a");
    assert!(
        first.iter().all(|&(fuel, memory)| fuel > 0 && memory > 0),
        "{first:?}"
    );
    for round in 0..5 {
        assert_eq!(
            spent(&memory, &format!("b{round}")),
            first,
            "on another object"
        );
    }
    assert_eq!(spent(&disk, "d"), first, "on the disk store");
    assert_eq!(
        spent(&engine(StoreKind::Memory), "e"),
        first,
        "in another engine"
    );
}

#[test]
fn a_reply_says_which_limits_were_in_force() {
    let engine = engine(StoreKind::Memory);
    let objects = engine.objects();
    let limits_of = |request: Option<Limits>| {
        let options = request.map_or_else(ExecOptions::default, |limits| {
            ExecOptions::default().with_limits(limits)
        });
        objects
            .exec_with("o", "counter", "add", b"", &options)
            .expect("the add succeeds")
            .ran
            .expect("it ran in this process")
            .limits
    };
    let configured = limits_of(None);
    let mut request = Limits::UNLIMITED;
    request.set(LimitKind::Fuel, 5_000);
    let lowered = limits_of(Some(request));
    assert_eq!(lowered.fuel, 5_000);
    for &kind in LimitKind::ALL
        .iter()
        .filter(|kind| **kind != LimitKind::Fuel)
    {
        assert_eq!(lowered.get(kind), configured.get(kind), "{kind}");
    }
}

/// The fuel a call needs is enough, one less is not: the ceiling is exact, and so is the account.
#[test]
fn a_call_succeeds_with_the_fuel_it_used_and_not_with_less() {
    let engine = engine(StoreKind::Memory);
    let objects = engine.objects();
    let with_fuel = |oid: &str, fuel| {
        let mut request = Limits::UNLIMITED;
        request.set(LimitKind::Fuel, fuel);
        objects.exec_with(
            oid,
            "counter",
            "add",
            b"5",
            &ExecOptions::default().with_limits(request),
        )
    };
    let needed = with_fuel("o", u64::MAX)
        .expect("the add succeeds")
        .fuel()
        .expect("it ran in this process");
    assert_eq!(
        with_fuel("p", needed).expect("the fuel suffices").fuel(),
        Some(needed)
    );
    let error = with_fuel("q", needed - 1).expect_err("the fuel does not suffice");
    assert_eq!(error.errno(), objclass::Errno::ETIMEDOUT);
    assert_eq!(
        error.report().failure.limit.map(|hit| hit.kind),
        Some(LimitKind::Fuel)
    );
    let (limits, usage) = error.spent().expect("a method ran");
    assert_eq!(limits.fuel, needed - 1);
    assert!(
        usage.fuel >= limits.fuel,
        "{} used of {}",
        usage.fuel,
        limits.fuel
    );
    assert!(objects.stat("q").is_err(), "nothing of the call is there");
}
