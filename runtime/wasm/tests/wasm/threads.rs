//! Calls from many threads at once, and a class that is being compiled meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use objclass::LimitKind;

use crate::{
    compiling,
    engine::{self, Bench},
    guest::Guest,
};

#[test]
fn calls_on_many_threads_do_not_mix() {
    let class = engine::open(
        Guest::new()
            .method("run", "rw", "(call $write_full (local.get $in) (local.get $len) (i32.const 512)) (call $read (i64.const 0) (i64.const 0) (i32.const 512)) (call $bytes)")
            .component(),
    );
    thread::scope(|scope| {
        for number in 0..8_u8 {
            let class = Arc::clone(&class);
            scope.spawn(move || {
                let mut bench = Bench::new();
                for round in 0..200_u8 {
                    let input = [number, round].repeat(100);
                    assert_eq!(bench.output(&class, "run", &input), input);
                }
            });
        }
    });
}

#[test]
fn a_deadline_is_kept_while_other_guests_run() {
    let class = engine::open(
        Guest::new()
            .method("loop", "r", "(loop $again (br $again)) (unreachable)")
            .method("run", "r", "(call $ok)")
            .component(),
    );
    thread::scope(|scope| {
        for deadline in [30, 60, 120] {
            let class = Arc::clone(&class);
            scope.spawn(move || {
                let mut bench = Bench::limited(LimitKind::Deadline, deadline);
                bench.limits.fuel = u64::MAX;
                let error = bench.call(&class, "loop", b"").unwrap_err();
                assert!(error.to_string().contains("deadline"), "{error}");
                let took = bench.usage.deadline_ms;
                assert!((deadline..deadline + 5_000).contains(&took), "{took}");
            });
        }
        let mut bench = Bench::new();
        for _ in 0..200 {
            bench.call(&class, "run", b"").unwrap();
        }
    });
}

#[test]
fn the_clock_wakes_up_after_a_time_without_calls() {
    let class = engine::open(
        Guest::new()
            .method("loop", "r", "(loop $again (br $again)) (unreachable)")
            .component(),
    );
    // Longer than the ticker stays awake for nobody.
    thread::sleep(Duration::from_millis(1_600));
    let mut bench = Bench::limited(LimitKind::Deadline, 50);
    bench.limits.fuel = u64::MAX;
    let error = bench.call(&class, "loop", b"").unwrap_err();
    assert!(error.to_string().contains("deadline"), "{error}");
    assert!(bench.usage.deadline_ms < 5_000, "{:?}", bench.usage);
}

#[test]
fn a_class_that_is_being_compiled_delays_no_call_of_another() {
    let class = engine::open(Guest::new().method("run", "r", "(call $ok)").component());
    let module = compiling::slow(20);
    let is_compiled = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            engine::open_with(module, compiling::options()).unwrap();
            is_compiled.store(true, Ordering::SeqCst);
        });
        let (mut bench, mut calls) = (Bench::new(), 0);
        while !is_compiled.load(Ordering::SeqCst) {
            bench.call(&class, "run", b"").unwrap();
            calls += 1;
        }
        // Had they waited for the compiler there would be one.
        assert!(calls > 100, "{calls} calls");
    });
}

#[test]
fn more_calls_than_there_are_places_wait_for_their_turn() {
    // One call holds a place and waits in the host until all others were refused or done; nobody is refused.
    let class = engine::open(Guest::new().method("run", "r", "(call $ok)").component());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..300 {
            let (class, stop) = (Arc::clone(&class), &stop);
            thread::Builder::new()
                .stack_size(1 << 20)
                .spawn_scoped(scope, move || {
                    let mut bench = Bench::new();
                    while !stop.load(Ordering::Relaxed) {
                        bench.call(&class, "run", b"").unwrap();
                    }
                })
                .unwrap();
        }
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
}
