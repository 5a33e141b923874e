//! Every function of the world, from a guest that does nothing but call it.

use objclass::{Errno, LimitKind};

use crate::{
    engine::{self, Bench},
    guest::Guest,
};

/// A method for each function. Inputs are what the function takes, or keys and values parted in the middle.
fn functions() -> Guest {
    let list = "(local.get $in) (local.get $len)";
    let half = "(i32.div_u (local.get $len) (i32.const 2))";
    let pair = format!(
        "(local.get $in) {half} (i32.add (local.get $in) {half}) (i32.sub (local.get $len) {half})"
    );
    // One list whose elements are those two halves, at 1024; one list of one pair likewise.
    let lists = format!(
        "(i32.store (i32.const 1024) (local.get $in)) (i32.store (i32.const 1028) {half})
         (i32.store (i32.const 1032) (i32.add (local.get $in) {half})) (i32.store (i32.const 1036) (i32.sub (local.get $len) {half}))"
    );
    let returned = "(i32.const 512)";
    // A page or a list of pairs as bytes: its count, whether there is more, and the bytes of its first element.
    let first = "(if (i32.load8_u (i32.const 512)) (then (return (call $fail (i32.load (i32.const 516)) (i32.const 0) (i32.const 0)))))
        (i32.store8 (i32.const 2048) (i32.add (i32.const 48) (i32.load (i32.const 520))))
        (i32.store8 (i32.const 2049) (i32.add (i32.const 48) (i32.load8_u (i32.const 524))))
        (if (i32.eqz (i32.load (i32.const 520))) (then (return (call $reply (i32.const 0) (i32.const 2048) (i32.const 2)))))
        (memory.copy (i32.const 2050) (i32.load (i32.load (i32.const 516))) (i32.load offset=4 (i32.load (i32.const 516))))
        (call $reply (i32.const 0) (i32.const 2048) (i32.add (i32.const 2) (i32.load offset=4 (i32.load (i32.const 516)))))";
    let mut guest = Guest::new();
    let mut add = |name: &str, access: &str, body: String| {
        guest = std::mem::take(&mut guest).method(name, access, &body);
    };
    for access in ["r", "w", "rw"] {
        let name = |function: &str| format!("{function}_{access}");
        let mut add = |function: &str, body: String| add(&name(function), access, body);
        add(
            "stat",
            format!(
                "(call $stat {returned}) (if (i32.load8_u (i32.const 512)) (then (return (call $fail (i32.load (i32.const 520)) (i32.const 0) (i32.const 0))))) (call $reply (i32.wrap_i64 (i64.load (i32.const 520))) (i32.const 0) (i32.const 0))"
            ),
        );
        add(
            "read",
            format!("(call $read (i64.const 1) (i64.const 0) {returned}) (call $bytes)"),
        );
        add(
            "getxattr",
            format!("(call $getxattr {list} {returned}) (call $bytes)"),
        );
        add(
            "getxattrs",
            format!(
                "(call $getxattrs {returned}) (i32.store8 (i32.const 524) (i32.const 0)) {first}"
            ),
        );
        add(
            "omap_get_keys",
            format!(
                "(call $omap_get_keys (i32.const 0) (i32.const 0) (i64.const 1) {returned}) {first}"
            ),
        );
        add(
            "omap_get_vals",
            format!(
                "(call $omap_get_vals (i32.const 0) (i32.const 0) {list} (i64.const 5) {returned}) {first}"
            ),
        );
        add(
            "omap_get_val",
            format!("(call $omap_get_val {list} {returned}) (call $bytes)"),
        );
        add(
            "omap_get_vals_by_keys",
            format!(
                "{lists} (call $omap_get_vals_by_keys (i32.const 1024) (i32.const 2) {returned}) (i32.store8 (i32.const 524) (i32.const 0)) {first}"
            ),
        );
        add(
            "omap_read_header",
            format!("(call $omap_read_header {returned}) (call $bytes)"),
        );
        add(
            "create",
            format!("(call $create (i32.const 1) {returned}) (call $done)"),
        );
        add("remove", format!("(call $remove {returned}) (call $done)"));
        add(
            "write",
            format!("(call $write (i64.const 2) {list} {returned}) (call $done)"),
        );
        add(
            "write_full",
            format!("(call $write_full {list} {returned}) (call $done)"),
        );
        add(
            "replace",
            format!("(call $replace (i64.const 2) {list} {returned}) (call $done)"),
        );
        add(
            "truncate",
            format!("(call $truncate (i64.const 3) {returned}) (call $done)"),
        );
        add(
            "zero",
            format!("(call $zero (i64.const 0) (i64.const 2) {returned}) (call $done)"),
        );
        add(
            "setxattr",
            format!("(call $setxattr {pair} {returned}) (call $done)"),
        );
        add(
            "omap_set_val",
            format!("(call $omap_set_val {pair} {returned}) (call $done)"),
        );
        add(
            "omap_set_vals",
            format!(
                "{lists} (call $omap_set_vals (i32.const 1024) (i32.const 1) {returned}) (call $done)"
            ),
        );
        add(
            "omap_remove_key",
            format!("(call $omap_remove_key {list} {returned}) (call $done)"),
        );
        add(
            "omap_remove_range",
            format!("(call $omap_remove_range {pair} {returned}) (call $done)"),
        );
        add(
            "omap_clear",
            format!("(call $omap_clear {returned}) (call $done)"),
        );
        add(
            "omap_write_header",
            format!("(call $omap_write_header {list} {returned}) (call $done)"),
        );
    }
    guest
}

#[test]
fn every_function_does_what_its_name_says() {
    let class = engine::open(functions().component());
    let mut bench = Bench::new();
    let mut done = |name: &str, input: &[u8]| {
        let name = format!("{name}_rw");
        match bench.call(&class, &name, input) {
            Ok(reply) => Ok((reply.ret, reply.output)),
            Err(error) => Err(error.errno()),
        }
    };
    let bytes = |text: &'static str| Ok((0, text.into()));
    assert_eq!(done("stat", b""), Err(Errno::ENOENT));
    assert_eq!(done("create", b""), bytes(""));
    assert_eq!(done("create", b""), Err(Errno::EEXIST));
    assert_eq!(done("write_full", b"hello"), bytes(""));
    assert_eq!(done("stat", b""), Ok((5, "".into())));
    assert_eq!(done("read", b""), bytes("ello"));
    assert_eq!(done("write", b"LL"), bytes(""));
    assert_eq!(done("read", b""), bytes("eLLo"));
    assert_eq!(done("truncate", b""), bytes(""));
    assert_eq!(done("read", b""), bytes("eL"));
    assert_eq!(done("zero", b""), bytes(""));
    assert_eq!(done("read", b""), bytes("\0L"));
    assert_eq!(done("replace", b"xy"), bytes(""));
    assert_eq!(done("read", b""), bytes("\0xy"));
    assert_eq!(done("getxattr", b"n"), Err(Errno::ENODATA));
    assert_eq!(done("setxattr", b"nv"), bytes(""));
    assert_eq!(done("getxattr", b"n"), bytes("v"));
    assert_eq!(done("getxattrs", b""), bytes("10n"));
    assert_eq!(done("omap_get_val", b"a"), Err(Errno::ENOENT));
    assert_eq!(done("omap_set_val", b"a1"), bytes(""));
    assert_eq!(done("omap_set_vals", b"b2"), bytes(""));
    assert_eq!(done("omap_get_val", b"b"), bytes("2"));
    assert_eq!(done("omap_get_keys", b""), bytes("11a"), "one of two");
    assert_eq!(done("omap_get_vals", b"b"), bytes("10b"), "one prefix");
    assert_eq!(done("omap_get_vals_by_keys", b"ab"), bytes("20a"));
    assert_eq!(done("omap_remove_key", b"a"), bytes(""));
    assert_eq!(done("omap_get_keys", b""), bytes("10b"));
    assert_eq!(done("omap_remove_range", b"ac"), bytes(""));
    assert_eq!(done("omap_get_keys", b""), bytes("00"));
    assert_eq!(done("omap_write_header", b"head"), bytes(""));
    assert_eq!(done("omap_read_header", b""), bytes("head"));
    assert_eq!(done("omap_clear", b""), bytes(""));
    assert_eq!(done("omap_read_header", b""), bytes(""));
    assert_eq!(done("remove", b""), bytes(""));
    assert_eq!(done("remove", b""), Err(Errno::ENOENT));
}

#[test]
fn a_method_does_no_more_than_its_flags_say() {
    const READS: [&str; 8] = [
        "read",
        "getxattr",
        "getxattrs",
        "omap_get_keys",
        "omap_get_vals",
        "omap_get_val",
        "omap_get_vals_by_keys",
        "omap_read_header",
    ];
    const WRITES: [&str; 14] = [
        "create",
        "remove",
        "write",
        "write_full",
        "replace",
        "truncate",
        "zero",
        "setxattr",
        "omap_set_val",
        "omap_set_vals",
        "omap_remove_key",
        "omap_remove_range",
        "omap_clear",
        "omap_write_header",
    ];
    let class = engine::open(functions().component());
    for (functions, access, other) in [(&READS[..], "r", "w"), (&WRITES[..], "w", "r")] {
        for function in functions {
            let mut bench = Bench::new();
            bench.call(&class, "write_full_rw", b"hello").unwrap();
            let refused = bench.errno(&class, &format!("{function}_{other}"), b"ab");
            assert_eq!(refused, Errno::EPERM, "{function} flagged {other}");
            if let Err(error) = bench.call(&class, &format!("{function}_{access}"), b"ab") {
                assert_ne!(error.errno(), Errno::EPERM, "{function} flagged {access}");
            }
        }
    }
    let mut bench = Bench::new();
    assert_eq!(
        bench.errno(&class, "stat_w", b""),
        Errno::ENOENT,
        "stat needs no flag"
    );
}

#[test]
fn the_log_takes_one_escaped_line() {
    let class = engine::open(
        Guest::new()
            .method(
                "run",
                "r",
                "(call $log (i32.const 5) (local.get $in) (local.get $len)) (call $ok)",
            )
            .component(),
    );
    let mut bench = Bench::new();
    bench.call(&class, "run", b"one\ntwo").unwrap();
    assert_eq!(
        *bench.surroundings.log.lock().unwrap(),
        [(5, r"one\ntwo".to_owned())]
    );
}

#[test]
fn the_surroundings_are_those_of_the_call() {
    let text = |function: &str| {
        format!(
            "(call ${function} (i32.const 512)) (call $reply (i32.const 0) (i32.load (i32.const 512)) (i32.load (i32.const 516)))"
        )
    };
    let class = engine::open(
        Guest::new()
            .method("pool", "r", &text("object_id"))
            .method("oid", "r", "(call $object_id (i32.const 512)) (call $reply (i32.const 0) (i32.load (i32.const 528)) (i32.load (i32.const 532)))")
            .method("asker", "r", &text("origin"))
            .method("numbers", "r", "(call $reply (i32.add (i32.mul (i32.const 10) (i32.wrap_i64 (call $version))) (call $subop)) (i32.const 0) (i32.const 0))")
            .method("chance", "r", "(call $random (i32.const 100000) (i32.const 512)) (call $reply (i32.const 0) (i32.load (i32.const 512)) (i32.load (i32.const 516)))")
            .method("left", "r", "(call $limits_left (i32.const 512)) (call $reply (i32.const 0) (i32.const 512) (i32.const 40))")
            .component(),
    );
    let mut bench = Bench::new();
    assert_eq!(bench.output(&class, "pool", b""), "pool");
    assert_eq!(bench.output(&class, "oid", b""), "oid");
    assert_eq!(bench.output(&class, "asker", b""), "test");
    assert_eq!(bench.call(&class, "numbers", b"").unwrap().ret, 32);
    assert_eq!(bench.output(&class, "chance", b""), vec![7; 4096]);
    let left = bench.output(&class, "left", b"");
    let number = |at: usize| u64::from_le_bytes(left[at * 8..][..8].try_into().unwrap());
    let limits = bench.limits;
    assert!(
        (limits.fuel - 1_000..limits.fuel).contains(&number(0)),
        "{}",
        number(0)
    );
    assert!((1..=limits.deadline_ms).contains(&number(1)));
    assert_eq!(
        [number(2), number(3), number(4)],
        [
            LimitKind::ObjectRead,
            LimitKind::ObjectWritten,
            LimitKind::Output
        ]
        .map(|kind| limits.get(kind))
    );
}
