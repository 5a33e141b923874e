//! Nothing of a call is there for the next one: memory, grown memory, globals, tables, whoever had the place before.

use runtime_wasm::Guards;

use crate::{
    engine::{self, Bench},
    guest::Guest,
};

/// Writes to everything a guest has: every page it began with and every page it can get, a global, a table.
const SPOILS: &str = "
    (drop (memory.grow (i32.const 60)))
    (memory.fill (i32.const 12288) (i32.const 0xAA) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 12288)))
    (global.set $mark (i32.const 1))
    (table.set $t (i32.const 0) (ref.func $spoil))
    (drop (table.grow $t (ref.func $spoil) (i32.const 100)))
    (call $ok)";

/// Returns 0 when everything is as the module says, else what is not.
const LOOKS: &str = "
    (local $i i32)
    (if (i32.ne (memory.size) (i32.const 2)) (then (return (call $reply (i32.const 1) (i32.const 0) (i32.const 0)))))
    (if (global.get $mark) (then (return (call $reply (i32.const 2) (i32.const 0) (i32.const 0)))))
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 0)))) (then (return (call $reply (i32.const 3) (i32.const 0) (i32.const 0)))))
    (if (i32.ne (table.size $t) (i32.const 1)) (then (return (call $reply (i32.const 4) (i32.const 0) (i32.const 0)))))
    (drop (memory.grow (i32.const 60)))
    (local.set $i (i32.const 12288))
    (loop $l
      (if (i64.ne (i64.load (local.get $i)) (i64.const 0)) (then (return (call $reply (i32.const 5) (i32.const 0) (i32.const 0)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.mul (memory.size) (i32.const 65536)))))
    (call $ok)";

fn canary(secret: &str) -> Vec<u8> {
    Guest::new()
        .method("spoil", "r", SPOILS)
        .method("look", "r", LOOKS)
        .method(
            "secret",
            "r",
            "(call $reply (i32.const 0) (i32.const 1024) (i32.const 6))",
        )
        .with("(global $mark (mut i32) (i32.const 0)) (table $t 1 funcref)")
        .with(&format!("(data (i32.const 1024) \"{secret}\")"))
        .component()
}

#[test]
fn a_call_finds_everything_as_the_module_says() {
    for signals in [true, false] {
        let mut options = engine::options();
        options.signals = signals;
        let class = engine::open_with(canary("secret"), options).unwrap();
        let mut bench = Bench::new();
        for round in 0..50 {
            assert_eq!(
                bench.call(&class, "look", b"").unwrap().ret,
                0,
                "round {round}"
            );
            bench.call(&class, "spoil", b"").unwrap();
        }
    }
}

#[test]
fn a_place_in_the_pool_is_clean_for_another_class() {
    // More classes than the pool keeps places warm for one, taking turns on the same places.
    let names: Vec<String> = (0..8).map(|n| format!("class{n}")).collect();
    let classes: Vec<_> = names
        .iter()
        .map(|name| engine::open(canary(name)))
        .collect();
    let mut bench = Bench::new();
    for round in 0..20 {
        for (name, class) in names.iter().zip(&classes) {
            bench.call(class, "spoil", b"").unwrap();
            let next = &classes[(round + name.len()) % classes.len()];
            assert_eq!(bench.call(next, "look", b"").unwrap().ret, 0, "{name}");
            assert_eq!(bench.output(class, "secret", b""), name.as_bytes());
        }
    }
}

#[test]
fn a_class_that_was_dropped_leaves_nothing_to_the_next() {
    let mut bench = Bench::new();
    for round in 0..20 {
        let class = engine::open(canary(&format!("{round:06}")));
        assert_eq!(
            bench.call(&class, "look", b"").unwrap().ret,
            0,
            "round {round}"
        );
        bench.call(&class, "spoil", b"").unwrap();
    }
}

#[test]
fn a_call_that_was_ended_leaves_nothing() {
    let class = engine::open(
        Guest::new()
            .method(
                "spoil",
                "r",
                &format!("{SPOILS} (drop) (loop $again (br $again)) (unreachable)"),
            )
            .method("trap", "r", &format!("{SPOILS} (drop) (unreachable)"))
            .method("look", "r", LOOKS)
            .with("(global $mark (mut i32) (i32.const 0)) (table $t 1 funcref)")
            .component(),
    );
    for method in ["spoil", "trap"] {
        let mut bench = Bench::limited(objclass::LimitKind::Fuel, 10_000_000);
        for _ in 0..10 {
            assert!(bench.call(&class, method, b"").is_err());
            assert_eq!(bench.call(&class, "look", b"").unwrap().ret, 0);
        }
    }
}

#[test]
fn without_fresh_instances_everything_survives() {
    let mut options = engine::options();
    options.guards = Guards {
        fresh_instance: false,
        ..Guards::ALL
    };
    let class = engine::open_with(canary("secret"), options).unwrap();
    let mut bench = Bench::new();
    assert_eq!(bench.call(&class, "look", b"").unwrap().ret, 0);
    bench.call(&class, "spoil", b"").unwrap();
    assert_ne!(bench.call(&class, "look", b"").unwrap().ret, 0);
}
