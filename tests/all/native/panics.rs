//! A native class that panics.

use testkit::{
    behaviour::{ClassLog, Delivery, Subject},
    engine::TestEngine,
};

use super::*;

fn native_on(store: StoreKind) -> TestEngine {
    TestEngine::of(&Subject::new(Delivery::Native, store), None)
}

#[test]
fn a_panic_rolls_everything_back_is_eio_and_is_logged_on_both_stores() {
    for store in [StoreKind::Memory, StoreKind::Disk] {
        let engine = native_on(store);
        let objects = engine.objects();
        objects.write_full("object", "before").unwrap();
        let before = objects.stat("object").unwrap();
        let input = "write_full after\nsetxattr x y\nmap_set_val k v\npanic no%20such%20luck";
        let log = ClassLog::default();
        let error = log
            .during(|| objects.exec("object", "actor", "rw", input.as_bytes()))
            .expect_err("it panics");
        assert_eq!(error.errno(), Errno::EIO);
        let text = whole(&error);
        assert!(
            text.contains("panicked: no such luck") && text.contains("actor/src/lib.rs:"),
            "{text}"
        );
        assert_eq!(error.kind().word(), "panic");
        let log = log.lines();
        assert!(
            log.iter()
                .any(|line| format!("{line:?}").contains("no such luck")),
            "{log:?}"
        );
        assert_eq!(objects.stat("object").unwrap(), before);
        assert_eq!(objects.read("object", ..).unwrap(), "before");
        assert!(objects.get_xattrs("object").unwrap().is_empty());
        // The process lives, and so does the class.
        let reply = objects.exec("object", "actor", "r", b"read 0 0").unwrap();
        assert_eq!(reply.output, "read before\n");
    }
}

#[test]
fn a_panic_in_a_nested_call_is_an_error_of_that_call() {
    let scratch = Scratch::new();
    let _ = scratch.copy_of("native", &native_classes());
    scratch.file(
        "lua/cls_guard.lua",
        "function guard(input, output)
           objclass.write_full(input)
           local ok, errno = pcall(objclass.call, 'actor', 'rw', bufferlist.new())
           local bad = bufferlist.new()
           bad:append('write_full lost\\npanic inside')
           local survived, number = pcall(objclass.call, 'actor', 'rw', bad)
           output:append(tostring(ok) .. ' ' .. tostring(survived) .. ' ' .. tostring(number))
         end
         objclass.register(guard, 'rw')",
    );
    let world = World::open(scratch, StoreKind::Memory);
    let eio = Errno::EIO.code();
    assert_eq!(
        world.exec("guard", "guard", "kept").unwrap(),
        format!("true false -{eio}")
    );
    assert_eq!(world.objects().read("object", ..).unwrap(), "kept");
    let error = world
        .exec("actor", "rw", "call actor rw panic%20inside")
        .unwrap_err();
    // The caller passed the callee's error on: an answer, not a panic of its own.
    assert_eq!((error.errno(), error.kind().word()), (Errno::EIO, "class"));
}
