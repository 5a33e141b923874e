//! Every limit ends a call, is named, and stays reached; without its guard the guest gets away.

use std::time::{Duration, Instant};

use objclass::{CallError, Errno, LimitKind, Limits, TrapKind};
use runtime_wasm::Guards;

use crate::{
    engine::{self, Bench},
    guest::{self, Guest},
};

const FOREVER: &str = "(loop $again (br $again)) (unreachable)";

/// The limit that ended a call, checked to be named as limits of every runtime are.
#[track_caller]
fn limit(result: Result<objclass::Reply, CallError>) -> LimitKind {
    match result {
        Err(CallError::Trap(trap)) => match trap.kind {
            TrapKind::Limit(hit) => {
                assert_eq!(trap.message, hit.to_string());
                hit.kind
            }
            _ => panic!("{trap}"),
        },
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn reached(kind: LimitKind, value: u64, body: &str) {
    let class = engine::open(guest::run("rw", body));
    let mut bench = Bench::limited(kind, value);
    assert_eq!(limit(bench.call(&class, "run", b"")), kind);
}

#[test]
fn fuel_ends_a_loop() {
    reached(LimitKind::Fuel, 100_000, FOREVER);
    // A loop of instructions that cost nothing, calls, tail calls.
    reached(
        LimitKind::Fuel,
        100_000,
        "(loop $again (nop) (block (br $again))) (unreachable)",
    );
    for call in ["(call $f)", "(return_call $f)"] {
        let guest = Guest::new()
            .method("run", "r", "(call $f) (call $ok)")
            .with(&format!("(func $f (block (br 0)) {call})"));
        let class = engine::open(guest.component());
        let mut bench = Bench::limited(LimitKind::Fuel, 500);
        assert_eq!(limit(bench.call(&class, "run", b"")), LimitKind::Fuel);
    }
}

#[test]
fn fuel_is_counted_the_same_every_time() {
    let body = "(local $i i32) (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000)))) (call $ok)";
    let class = engine::open(guest::run("r", body));
    let mut bench = Bench::new();
    bench.call(&class, "run", b"").unwrap();
    let used = bench.usage.fuel;
    assert!((5_000..20_000).contains(&used), "{used}");
    bench.call(&class, "run", b"").unwrap();
    assert_eq!(bench.usage.fuel, used);
}

#[test]
fn bulk_operations_cost_what_they_move() {
    for body in [
        "(memory.fill (i32.const 0) (i32.const 0) (i32.const 60000)) (call $ok)",
        "(memory.copy (i32.const 0) (i32.const 9) (i32.const 60000)) (call $ok)",
    ] {
        reached(LimitKind::Fuel, 50_000, body);
    }
    let class = engine::open(guest::run(
        "r",
        "(drop (memory.grow (i32.const 20))) (call $ok)",
    ));
    let mut bench = Bench::new();
    bench.call(&class, "run", b"").unwrap();
    assert!(bench.usage.fuel > 20 * 255, "{}", bench.usage.fuel);
}

#[test]
fn the_deadline_ends_a_loop_in_time() {
    let class = engine::open(guest::run("r", FOREVER));
    let mut bench = Bench::limited(LimitKind::Deadline, 60);
    bench.limits.fuel = u64::MAX;
    let started = Instant::now();
    assert_eq!(limit(bench.call(&class, "run", b"")), LimitKind::Deadline);
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(60), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn memory_ends_a_guest_that_grows() {
    let limit = 1 << 20;
    reached(
        LimitKind::Memory,
        limit,
        "(loop $again (drop (memory.grow (i32.const 1))) (br $again)) (unreachable)",
    );
    // At once, more than any pool has room for.
    reached(
        LimitKind::Memory,
        limit,
        "(drop (memory.grow (i32.const 65000))) (call $ok)",
    );
    // What the module itself forbids fails as the language says, however much it is.
    let body = "(call $reply (i32.and
        (i32.eq (i32.const -1) (memory.grow (i32.const 1)))
        (i32.eq (i32.const -1) (memory.grow (i32.const 65000)))) (i32.const 0) (i32.const 0))";
    let text = Guest::new().method("run", "r", body).text();
    let bounded = text.replace(
        "(memory (export \"memory\") 2)",
        "(memory (export \"memory\") 2 2)",
    );
    let reply = engine::run(guest::component_from_core(&bounded), b"").unwrap();
    assert_eq!(reply.ret, 1);
}

#[test]
fn tables_count_as_memory() {
    let guest = Guest::new()
        .method(
            "run",
            "r",
            "(drop (table.grow $big (ref.null func) (i32.const 10000))) (call $ok)",
        )
        .with("(table $big 1 funcref)");
    let class = engine::open(guest.component());
    let mut bench = Bench::limited(LimitKind::Memory, 140_000);
    assert_eq!(limit(bench.call(&class, "run", b"")), LimitKind::Memory);
    bench.limits = Limits::INSTALLED;
    bench.call(&class, "run", b"").unwrap();
    assert!(
        bench.usage.memory > 131_072 + 80_000,
        "{}",
        bench.usage.memory
    );
}

#[test]
fn an_instance_that_begins_too_large_is_not_made() {
    let class = engine::open(
        Guest::new()
            .pages(20)
            .method("run", "r", "(call $ok)")
            .component(),
    );
    let mut bench = Bench::limited(LimitKind::Memory, 1 << 20);
    assert_eq!(limit(bench.call(&class, "run", b"")), LimitKind::Memory);
}

#[test]
fn what_a_guest_makes_the_host_hold_is_bounded() {
    // A million lists of no bytes: 8 bytes each in the guest, more in the host.
    let body = "(call $omap_get_vals_by_keys (i32.const 65536) (i32.const 1000000) (i32.const 512)) (call $done)";
    let class = engine::open(
        Guest::new()
            .pages(200)
            .method("run", "rw", body)
            .component(),
    );
    let mut bench = Bench::new();
    bench.limits.omap_keys = 100_000;
    assert_eq!(
        limit(bench.call(&class, "run", b"")),
        LimitKind::ObjectWritten
    );
    // Lists that all are the same megabyte.
    let body = "(local $i i32)
        (loop $l
          (i32.store (i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 16))) (i32.const 0))
          (i32.store offset=12 (i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 16))) (i32.const 1000000))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (call $omap_set_vals (i32.const 65536) (i32.const 1000) (i32.const 512)) (call $done)";
    let class = engine::open(Guest::new().pages(20).method("run", "rw", body).component());
    assert_eq!(
        limit(Bench::new().call(&class, "run", b"")),
        LimitKind::ObjectWritten
    );
}

#[test]
fn host_limits_end_the_call_at_the_host_function() {
    let again = |call: &str| format!("(loop $again {call} (br $again)) (unreachable)");
    reached(
        LimitKind::Log,
        4_096,
        &again("(call $log (i32.const 0) (i32.const 0) (i32.const 0))"),
    );
    reached(
        LimitKind::ObjectWritten,
        100_000,
        &again("(call $write (i64.const 0) (i32.const 0) (i32.const 1000) (i32.const 512))"),
    );
    reached(
        LimitKind::OmapKeys,
        100,
        &again(
            "(call $omap_set_val (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 512))",
        ),
    );
    reached(
        LimitKind::ObjectRead,
        100_000,
        &format!(
            "(call $write_full (i32.const 0) (i32.const 60000) (i32.const 512)) {}",
            again(
                "(global.set $next (i32.const 8192)) (call $read (i64.const 0) (i64.const 0) (i32.const 512))"
            )
        ),
    );
    reached(
        LimitKind::NestedCalls,
        5,
        &again(
            "(call $call_class (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512))",
        ),
    );
}

#[test]
fn a_limit_reached_while_the_instance_is_made_ends_the_call_too() {
    // The start function runs before anything was called.
    let guest = Guest::new()
        .method("run", "r", "(call $ok)")
        .with("(func $begin (loop $again (br $again))) (start $begin)");
    let error = engine::open_with(guest.component(), engine::options()).unwrap_err();
    assert!(error.to_string().contains("limit reached"), "{error}");
}

#[test]
fn after_the_call_no_guest_code_runs_without_limits() {
    let text = Guest::new().method("run", "r", "(call $ok)").text();
    let text = text.trim_end().strip_suffix(')').unwrap().to_owned()
        + "(func (export \"cabi_post_call\") (param i32) (loop $again (br $again))))";
    let class = engine::open(guest::component_from_core(&text));
    let mut bench = Bench::limited(LimitKind::Fuel, 100_000);
    assert_eq!(limit(bench.call(&class, "run", b"")), LimitKind::Fuel);
}

#[test]
fn without_the_guards_the_guest_gets_away() {
    let without = |guards: Guards, body: &str, kind: LimitKind, value: u64| {
        let mut options = engine::options();
        options.guards = guards;
        let class = engine::open_with(guest::run("rw", body), options).unwrap();
        Bench::limited(kind, value).call(&class, "run", b"")
    };
    let counted = "(local $i i32) (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000)))) (call $ok)";
    let guards = Guards {
        fuel: false,
        ..Guards::ALL
    };
    assert!(without(guards, counted, LimitKind::Fuel, 1_000).is_ok());
    assert!(without(Guards::ALL, counted, LimitKind::Fuel, 1_000).is_err());

    let grows = "(drop (memory.grow (i32.const 100))) (call $ok)";
    let guards = Guards {
        memory: false,
        ..Guards::ALL
    };
    assert!(without(guards, grows, LimitKind::Memory, 1 << 20).is_ok());
    assert!(without(Guards::ALL, grows, LimitKind::Memory, 1 << 20).is_err());

    // Without the deadline only fuel ends it, long after the time is over.
    let guards = Guards {
        deadline: false,
        ..Guards::ALL
    };
    let mut options = engine::options();
    options.guards = guards;
    let class = engine::open_with(guest::run("r", FOREVER), options).unwrap();
    let mut bench = Bench::limited(LimitKind::Deadline, 20);
    let started = Instant::now();
    let error = bench.call(&class, "run", b"").unwrap_err();
    assert!(
        started.elapsed() > Duration::from_millis(100),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(error.errno(), Errno::ETIMEDOUT);
    assert!(error.to_string().contains("fuel"), "{error}");
}
