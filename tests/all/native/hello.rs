//! Class hello, in the two languages it comes in, and which of them answers.

use super::*;

#[test]
fn hello_greets_on_a_fresh_store_and_creates_nothing() {
    let world = World::with_bundled_classes();
    for class in ["hello", "hello_c"] {
        assert_eq!(
            world.exec(class, "say_hello", "Ceph").unwrap(),
            "Hello, Ceph!"
        );
        assert_eq!(world.exec(class, "say_hello", "").unwrap(), "Hello, world!");
    }
    assert_eq!(
        world.objects().stat("object").unwrap_err().errno(),
        Errno::ENOENT
    );
}

#[test]
fn a_lua_class_of_the_same_name_never_answers() {
    // The scenario it all began with: cls_hellolua.lua renamed to cls_hello.lua.
    let world = World::with_bundled_classes();
    assert_eq!(
        world.exec("hellolua", "say_hello", "Ceph").unwrap(),
        "Hello, Ceph! (from Lua)"
    );
    let source = testkit::corpus::bundled_lua_classes().join("cls_hellolua.lua");
    #[expect(clippy::disallowed_methods, reason = "copies a bundled class")]
    let source = std::fs::read(source).unwrap();
    world.scratch.file("lua/cls_hello.lua", source);
    world.look_again();
    assert_eq!(
        world.exec("hello", "say_hello", "Ceph").unwrap(),
        "Hello, Ceph!"
    );
    let candidates = world.candidates("hello");
    let chosen: Vec<_> = candidates.iter().filter(|(_, chosen, _)| *chosen).collect();
    assert_eq!(chosen.len(), 1, "{candidates:?}");
    assert_eq!(chosen[0].0, "libcls_hello.so");
    let lua = candidates.iter().find(|(file, ..)| file == "cls_hello.lua");
    let (_, _, reason) = lua.expect("the Lua file is mentioned");
    assert_eq!(reason, "not used: an earlier file decides");
}

#[test]
fn a_broken_native_file_is_eio_and_never_falls_through_to_lua() {
    let hello = built("libcls_hello.so");
    let broken: [(&str, Option<&[u8]>, &str); 5] = [
        ("absent", None, ""),
        ("text", Some(b"not a library"), "not an ELF file"),
        ("empty", Some(b""), "is empty"),
        ("truncated", Some(&hello[..hello.len() / 2]), "truncated"),
        (
            "of another class",
            Some(&hello),
            "the module is class hello, not twice",
        ),
    ];
    for (what, native, says) in broken {
        let scratch = Scratch::new();
        let lua = "function say_hello(i, o) o:append('from Lua') end objclass.register(say_hello)";
        scratch.file("lua/cls_twice.lua", lua);
        if let Some(content) = native {
            scratch.file("native/libcls_twice.so", content);
        }
        let world = World::open(scratch, StoreKind::Memory);
        let answer = world.exec("twice", "say_hello", "");
        if native.is_none() {
            assert_eq!(answer.unwrap(), "from Lua");
            continue;
        }
        let error = answer.expect_err("the Lua class answered");
        assert_eq!(error.errno(), Errno::EIO, "{what}");
        let text = whole(&error);
        assert!(
            text.contains(says) && text.contains("libcls_twice.so"),
            "{what}: {text}"
        );
        let candidates = world.candidates("twice");
        let decides = candidates.iter().find(|(_, chosen, _)| *chosen).unwrap();
        assert_eq!(decides.0, "libcls_twice.so", "{candidates:?}");
    }
}

#[test]
fn a_broken_class_heals_when_its_file_is_replaced() {
    let world = World::open(Scratch::new(), StoreKind::Memory);
    assert_eq!(
        errno(world.exec("hello", "say_hello", "")),
        Some(Errno::EOPNOTSUPP)
    );
    let hello = built("libcls_hello.so");
    world.scratch.file("native/libcls_hello.so", &hello[..4096]);
    world.look_again();
    assert_eq!(
        errno(world.exec("hello", "say_hello", "")),
        Some(Errno::EIO)
    );
    world.scratch.file("native/libcls_hello.so", &*hello);
    world.look_again();
    assert_eq!(
        world.exec("hello", "say_hello", "").unwrap(),
        "Hello, world!"
    );
}

#[test]
fn flags_hold_and_a_failed_method_leaves_nothing_on_both_stores() {
    for store in [StoreKind::Memory, StoreKind::Disk] {
        let scratch = Scratch::new();
        let _ = scratch.copy_of("native", &native_classes());
        let world = World::open(scratch, store);
        world.exec("hello", "record_hello", "Ceph").unwrap();
        let before = world.objects().stat("object").unwrap();
        assert_eq!(
            errno(world.exec("hello", "bad_writer", "x")),
            Some(Errno::EPERM)
        );
        assert_eq!(
            errno(world.exec("hello", "bad_reader", "")),
            Some(Errno::EPERM)
        );
        assert_eq!(
            errno(world.exec("hello", "write_return_data", "x")),
            Some(Errno::EINVAL)
        );
        assert_eq!(
            errno(world.exec("hello", "record_hello", "again")),
            Some(Errno::EEXIST)
        );
        assert_eq!(world.objects().stat("object").unwrap(), before);
        assert_eq!(world.exec("hello", "replay", "").unwrap(), "Hello, Ceph!");
        assert_eq!(
            world
                .objects()
                .get_xattr("object", "foo")
                .unwrap_err()
                .errno(),
            Errno::ENODATA
        );
        assert_eq!(
            world.objects().get_xattr("object", "said_by").unwrap(),
            "embedded"
        );
    }
}
