//! WASM classes, as their authors and operators meet them.
#![expect(clippy::disallowed_methods, reason = "looks at what the command left")]

use std::os::unix::fs::PermissionsExt as _;

use testkit::corpus::bundled_wasm_classes;

use super::{Done, Place};

/// A place with the bundled WASM classes. The compiler of a development build is slow, and the machine may be.
fn run(place: &Place, arguments: &[&str]) -> Done {
    let mut command = place.command();
    command
        .args(["--set", "wasm_compile_time=60s", "--wasm-class-dir"])
        .arg(place.scratch.path().join("wasm"))
        .args(arguments);
    testkit::binary::finish(&mut command).into()
}

fn place() -> Place {
    let place = Place::new();
    let _ = place.scratch.copy_of("wasm", &bundled_wasm_classes());
    place
}

#[test]
fn a_class_runs_and_is_compiled_once() {
    let place = place();
    for _ in 0..2 {
        let done = run(
            &place,
            &["exec", "greeting", "hellowasm", "say_hello", "Ceph"],
        )
        .succeeded();
        assert_eq!(done.text(), "Hello, Ceph! (from WASM)");
    }
    let cache = place.scratch.path().join("home/.cache/radula/wasm");
    let mode = cache.metadata().expect("the cache was made").permissions();
    assert_eq!(mode.mode() & 0o7777, 0o700);
    // The second time needs no compiler.
    let without = ["--set", "wasm_compiler=/nonexistent"];
    let exec = ["exec", "greeting", "hellowasm", "say_hello", "Ceph"];
    run(&place, &[&without[..], &exec].concat()).succeeded();
    let fresh = ["--set", "wasm_cache_dir=none"];
    run(&place, &[&without[..], &fresh, &exec].concat()).failed(&[
        "hellowasm",
        "EIO",
        "set wasm_compiler to the radula command",
    ]);
}

#[test]
fn check_says_what_is_wrong_in_the_authors_words() {
    let place = place();
    let file = place.scratch.path().join("wasm/cls_hellowasm_c.wasm");
    let file = file.to_str().expect("a scratch has a printable path");
    run(&place, &["class", "check", file]).succeeded();
    for (name, content, words) in [
        (
            "cls_text.wasm",
            &b"(component)"[..],
            "it is WebAssembly in text form",
        ),
        (
            "cls_core.wasm",
            b"\0asm\x01\0\0\0",
            "it is a core module, not a component",
        ),
        (
            "cls_empty.wasm",
            b"\0asm\x0d\0\x01\0",
            "it does not export the function `methods`",
        ),
        (
            "cls_elf.wasm",
            b"\x7fELF\x02\x01\x01",
            "compiled code, which is never accepted",
        ),
        (
            "cls_cut.wasm",
            b"\0asm\x0d\0\x01\0\x07\x50",
            "it is no valid WebAssembly",
        ),
    ] {
        let path = place.scratch.path().join("wasm").join(name);
        #[expect(clippy::disallowed_methods, reason = "fixtures are files")]
        std::fs::write(&path, content).expect("a writable scratch");
        let path = path.to_str().expect("a scratch has a printable path");
        run(&place, &["class", "check", path]).failed(&[name, words]);
    }
    run(
        &place,
        &[
            "--set",
            "wasm_compile_time=1ms",
            "--set",
            "wasm_cache_dir=none",
            "class",
            "check",
            file,
        ],
    )
    .failed(&["compiling takes longer than 1 ms", "wasm_compile_time"]);
    run(
        &place,
        &[
            "--set",
            "wasm_compile_memory=64KiB",
            "--set",
            "wasm_cache_dir=none",
            "class",
            "check",
            file,
        ],
    )
    .failed(&[
        "compiling takes more than 64KiB of memory",
        "wasm_compile_memory",
    ]);
}

#[test]
fn limits_are_those_of_every_class() {
    let place = place();
    let exec = ["exec", "greeting", "hellowasm", "say_hello", "Ceph"];
    for (limit, words) in [
        ("fuel=100", "fuel limit reached (100 instructions)"),
        ("memory=64KiB", "memory limit reached (65536 bytes)"),
        ("output=5", "output limit reached (5 bytes)"),
        ("input=3", "input limit reached (3 bytes)"),
    ] {
        run(&place, &[&["--limit", limit], &exec[..]].concat()).failed(&["hellowasm", words]);
    }
}
