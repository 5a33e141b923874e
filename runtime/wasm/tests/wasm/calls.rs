//! What a call answers.

use objclass::MethodFlags;

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
