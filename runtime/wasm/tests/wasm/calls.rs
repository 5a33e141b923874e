//! What a call answers.

use objclass::{Errno, MethodFlags};

use crate::{
    engine::{self, Bench},
    guest::{self, Guest},
};

fn hello() -> Vec<u8> {
    Guest::new()
        .method(
            "say_hello",
            "r",
            r#"(memory.copy (i32.const 1031) (local.get $in) (local.get $len))
               (memory.copy (i32.add (i32.const 1031) (local.get $len)) (i32.const 1100) (i32.const 13))
               (call $reply (i32.const 0) (i32.const 1024) (i32.add (local.get $len) (i32.const 20)))"#,
        )
        .with(r#"(data (i32.const 1024) "Hello, ") (data (i32.const 1100) "! (from WASM)")"#)
        .component()
}

#[test]
fn a_method_answers() {
    let class = engine::open(hello());
    assert_eq!(class.methods().len(), 1);
    assert_eq!(class.methods()[0].flags, MethodFlags::RD);
    let mut bench = Bench::new();
    for _ in 0..3 {
        assert_eq!(
            bench.output(&class, "say_hello", b"Ceph"),
            "Hello, Ceph! (from WASM)"
        );
    }
}

#[test]
fn a_return_value_and_a_failure_arrive() {
    let reply = engine::run(
        guest::run(
            "r",
            "(call $reply (i32.const 7) (local.get $in) (local.get $len))",
        ),
        b"x",
    );
    let reply = reply.unwrap();
    assert_eq!((reply.ret, &reply.output[..]), (7, &b"x"[..]));
}

#[test]
fn an_error_number_and_words_arrive() {
    let error = engine::run(
        Guest::new()
            .method(
                "run",
                "r",
                "(call $fail (i32.const 17) (i32.const 1024) (i32.const 9))",
            )
            .with(r#"(data (i32.const 1024) "no\nluck\1b!")"#)
            .component(),
        b"",
    )
    .unwrap_err();
    assert_eq!(
        (error.kind().word(), error.errno()),
        ("class", Errno::EEXIST)
    );
    assert_eq!(error.to_string(), r"no\nluck\u{1b}!");
}

#[test]
fn a_negative_return_value_is_an_error_number() {
    let negative = "(call $reply (i32.const -2) (i32.const 0) (i32.const 0))";
    let error = engine::run(guest::run("r", negative), b"").unwrap_err();
    assert_eq!(
        (error.kind().word(), error.errno()),
        ("class", Errno::ENOENT)
    );
    for code in ["0", "-1"] {
        let body = format!("(call $fail (i32.const {code}) (i32.const 0) (i32.const 0))");
        let error = engine::run(guest::run("r", &body), b"").unwrap_err();
        assert_eq!(error.kind().word(), "guest-error", "{code}: {error}");
    }
}

#[test]
fn long_words_are_cut() {
    let body = "(memory.fill (i32.const 8192) (i32.const 10) (i32.const 9000))
                (call $fail (i32.const 5) (i32.const 8192) (i32.const 9000))";
    let error = engine::run(guest::run("r", body), b"").unwrap_err();
    let text = error.to_string();
    assert!(
        text.len() <= 1024 && text.ends_with("[cut]"),
        "{}",
        text.len()
    );
}

#[test]
fn a_trap_names_the_functions_on_the_way() {
    let error = engine::run(
        Guest::new()
            .method("run", "r", "(call $outer) (call $ok)")
            .with("(func $outer (call $inner)) (func $inner (unreachable))")
            .component(),
        b"",
    )
    .unwrap_err();
    assert_eq!(error.kind().word(), "guest-error");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "cls_guest.wasm: wasm `unreachable` instruction executed; in inner (byte 0x"
        ),
        "{text}"
    );
    assert!(text.contains("called by outer, called by run"), "{text}");
}

#[test]
fn hostile_function_names_are_escaped_and_cut() {
    let name = format!("evil\\n\\1b[31m{}", "x".repeat(5000));
    let error = engine::run(
        Guest::new()
            .method("run", "r", "(call $f) (call $ok)")
            .with(&format!("(func $f (@name \"{name}\") (unreachable))"))
            .component(),
        b"",
    )
    .unwrap_err();
    let text = error.to_string();
    assert!(text.contains(r"in evil\n\u{1b}[31mxxx"), "{text}");
    assert!(
        text.len() < 1100 && !text.contains(char::is_control),
        "{text}"
    );
}

#[test]
fn every_way_to_trap_is_a_guest_error_with_and_without_signals() {
    for (body, words) in [
        ("(unreachable)", "unreachable"),
        ("(drop (i32.load (i32.const -8)))", "out of bounds"),
        (
            "(drop (i32.div_s (i32.const 1) (i32.load (i32.const 16))))",
            "divide by zero",
        ),
        (
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
            "overflow",
        ),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", "conversion"),
        (
            "(drop (call_indirect (type $method) (i32.const 0) (i32.const 0) (i32.const 99)))",
            "out of bounds table",
        ),
        ("(drop (call $deep (i32.const 0)))", "stack exhausted"),
        (
            "(memory.fill (i32.const -8) (i32.const 0) (i32.const 100))",
            "out of bounds",
        ),
    ] {
        let guest = Guest::new()
            .method("run", "r", &format!("{body} (call $ok)"))
            .with("(func $deep (param i32) (result i32) (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (local.get 0)))")
            .component();
        for signals in [true, false] {
            let mut options = engine::options();
            options.signals = signals;
            let class = engine::open_with(guest.clone(), options).unwrap();
            let error = Bench::new().call(&class, "run", b"").unwrap_err();
            assert_eq!(error.kind().word(), "guest-error", "{body}: {error}");
            assert!(error.to_string().contains(words), "{body}: {error}");
        }
    }
}

#[test]
fn what_a_guest_hands_over_is_checked() {
    for body in [
        // A list beyond the end of its memory, in an argument and in the answer.
        "(call $write_full (i32.const 65536) (i32.const 0x7fffffff) (i32.const 512)) (call $done)",
        "(call $reply (i32.const 0) (i32.const -16) (i32.const 100))",
        // Text that is not UTF-8.
        "(i32.store8 (i32.const 1024) (i32.const 255)) (call $log (i32.const 0) (i32.const 1024) (i32.const 1)) (call $ok)",
        // A result that is neither.
        "(i32.store8 (i32.const 480) (i32.const 7)) (i32.const 480)",
        // A misaligned result.
        "(i32.const 481)",
    ] {
        let error = engine::run(guest::run("rw", body), b"").unwrap_err();
        assert_eq!(error.kind().word(), "guest-error", "{body}: {error}");
    }
}

#[test]
fn a_guest_that_gives_no_room_for_its_input_traps() {
    for address in ["-4", "65536000"] {
        let module = Guest::new()
            .method("run", "r", "(call $ok)")
            .text()
            .replace("(local.get $at))", &format!("(i32.const {address}))"));
        let error = engine::run(guest::component_from_core(&module), b"input").unwrap_err();
        assert_eq!(error.kind().word(), "guest-error", "{address}: {error}");
    }
}
