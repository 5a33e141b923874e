//! Files that are no class, refused in words their authors know.

use runtime_wasm::Guards;

use crate::{
    engine::{self, refusal},
    guest::{self, Guest},
};

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(bytes: Vec<u8>, words: &str) {
    let text = refusal(bytes);
    assert!(text.contains(words), "{text}");
    assert!(text.starts_with("cls_guest.wasm: "), "{text}");
}

#[test]
fn what_is_no_component_is_told_apart() {
    refused(b"\x7fELF\x02\x01\x01".to_vec(), "it is an ELF file");
    refused(b"(component)".to_vec(), "text form");
    refused(b"hello".to_vec(), "does not begin with \\0asm");
    refused(component("(module)"), "a core module, not a component");
    refused(
        b"\0asm\x0a\x00\x01\x00".to_vec(),
        "a version that is not known here",
    );
    refused(
        b"\0asm\x0d\x00\x01\x00\x07".to_vec(),
        "no valid WebAssembly",
    );
}

#[test]
fn what_is_missing_or_too_much_in_the_world_is_named() {
    refused(
        component("(component)"),
        "it does not export the function `methods`",
    );
    let other = r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (export "attack") (canon lift (core func $i "f"))))"#;
    refused(component(other), "; it exports attack");
    let import = |name: &str| component(&format!(r#"(component (import "{name}" (instance)))"#));
    refused(import("wasi:cli/stdout@0.2.0"), "there is no WASI here");
    refused(
        import("radula:objclass/log@2.0.0"),
        "was built for version 2.0.0 of the world; this engine has 1.0.0",
    );
    refused(
        import("radula:objclass/log"),
        "was built for version (none)",
    );
    refused(
        import("radula:objclass/network@1.2.0"),
        "built for a newer version than 1.0.0",
    );
    refused(
        import("radula:objclass/network@1.0.0"),
        "which the world does not have",
    );
    refused(
        import("example:other/thing@1.0.0"),
        "a class may import the interfaces of radula:objclass@1.0.0 only",
    );
    refused(
        component(r#"(component (import "log" (func)))"#),
        "it imports log;",
    );
}

#[test]
fn exports_and_imports_of_other_types_are_refused() {
    let other = r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "methods" (func $f)) (export "call" (func $f)))"#;
    refused(
        component(other),
        "its export `methods` is not what the world",
    );
    let import = r#"(component
        (import "radula:objclass/log@1.0.0" (instance (export "log" (func (param "level" s32)))))
        (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "methods" (func $f)) (export "call" (func $f)))"#;
    refused(component(import), "does not fit the world");
    let newer = r#"(component
        (import "radula:objclass/log@1.1.0" (instance (export "shout" (func))))
        (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "methods" (func $f)) (export "call" (func $f)))"#;
    refused(component(newer), "shout");
}

#[test]
fn a_class_built_for_an_older_or_newer_minor_version_opens() {
    let text = Guest::new().method("run", "r", "(call $ok)").component();
    // The names in the component say 1.0.0; the same with 1.9.3 in their place must link too.
    let newer: Vec<u8> = replaced(&text, b"@1.0.0", b"@1.9.3");
    engine::open_with(newer, engine::options()).unwrap_or_else(|error| panic!("{error}"));
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let mut count = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0);
    bytes
}

#[test]
fn forbidden_proposals_are_named() {
    // The body is never reached: the module around it is what counts.
    let with = |core: &str| {
        component(&format!(
            r#"(component (core module $x {core}) (core module $m (func (export "f"))) (core instance $i (instantiate $m))
               (func $f (canon lift (core func $i "f"))) (export "methods" (func $f)) (export "call" (func $f)))"#
        ))
    };
    for (core, name) in [
        ("(memory i64 1)", "memory64"),
        ("(memory 1 2 shared)", "threads"),
        ("(memory 1) (memory 1)", "multi-memory"),
        ("(type (struct (field i32)))", "garbage collection"),
        ("(tag)", "exceptions"),
        (
            "(func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))",
            "relaxed SIMD",
        ),
    ] {
        let text = refusal(with(core));
        assert!(text.contains(&format!("it uses {name}")), "{core}: {text}");
    }
    refused(
        with("(func (result i32) (i64.const 0))"),
        "no valid WebAssembly: type mismatch",
    );
}

#[test]
fn methods_that_cannot_be_are_refused() {
    let named =
        |name: &str, access: &str| Guest::new().method(name, access, "(call $ok)").component();
    refused(named("run", ""), "declares neither `read` nor `write`");
    let long = "x".repeat(200);
    let guest = Guest::new()
        .method("run", "r", "(call $ok)")
        .text()
        .replace(
            "(data (i32.const 4096) \"\\14\\10\\00\\00\\03\\00\\00\\00",
            "(data (i32.const 4096) \"\\14\\10\\00\\00\\c8\\00\\00\\00",
        );
    assert!(guest.contains("\\c8"), "{long}");
    refused(guest::component_from_core(&guest), "method");
}

#[test]
fn dear_modules_are_refused_before_they_are_compiled() {
    let bombs = [
        (
            format!("(component (core module {}))", "(func)".repeat(5_001)),
            "5000 functions",
        ),
        (
            format!(
                "(component (core module {}))",
                (0..5_001)
                    .map(|n| format!("(type (func (param {})))", "i32 ".repeat(n % 20)))
                    .collect::<String>()
            ),
            "5000 types",
        ),
        (
            format!(
                "(component (core module (func $f) {}))",
                (0..5_001)
                    .map(|n| format!("(export \"e{n}\" (func $f))"))
                    .collect::<String>()
            ),
            "5000 imports, exports and aliases",
        ),
        (
            format!("{}{}", "(component ".repeat(20), ")".repeat(20)),
            "4 components nested in each other",
        ),
        (
            format!("(component {})", "(core module)".repeat(100)),
            "64 modules",
        ),
    ];
    for (text, words) in bombs {
        let bytes = component(&text);
        let text = refusal(bytes.clone());
        assert!(text.contains(words), "{words}: {text}");
        let mut options = engine::options();
        options.guards = Guards {
            scan: false,
            ..Guards::ALL
        };
        let text = engine::open_with(bytes, options).unwrap_err().to_string();
        assert!(
            !text.contains(words),
            "without the guard it goes on: {text}"
        );
    }
}

#[test]
fn a_function_larger_than_the_operator_allows_is_refused() {
    let stores = "(i32.store (i32.const 8) (i32.const 3))".repeat(1_000);
    let guest = Guest::new()
        .method("run", "r", &format!("{stores} (call $ok)"))
        .component();
    let mut options = engine::options();
    options.scan.body = 4_000;
    let error = engine::open_with(guest.clone(), options).unwrap_err();
    assert!(
        error.to_string().contains("at most 4000 are accepted"),
        "{error}"
    );
    assert!(engine::open_with(guest, engine::options()).is_ok());
}

#[test]
fn a_count_that_is_a_lie_allocates_nothing() {
    // A component whose core module has a type section of 2^32 - 1 entries and five bytes.
    let core = [
        &b"\0asm\x01\0\0\0"[..],
        &[1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ]
    .concat();
    let mut bytes = b"\0asm\x0d\0\x01\0\x01".to_vec();
    bytes.push(u8::try_from(core.len()).unwrap());
    bytes.extend(core);
    let text = refusal(bytes);
    assert!(
        text.contains("types") || text.contains("no valid"),
        "{text}"
    );
}

#[test]
fn a_good_module_with_any_byte_wrong_is_refused_or_runs_and_never_more() {
    let good = Guest::new().method("run", "r", "(call $ok)").component();
    // A simple generator: the same mutations every time.
    let mut state = 1_u64;
    let mut next = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..150 {
        let mut bytes = good.clone();
        match next(3) {
            0 => bytes.truncate(next(good.len())),
            _ => {
                for _ in 0..=next(3) {
                    let at = next(good.len());
                    bytes[at] ^= 1 << next(8);
                }
            }
        }
        if let Ok(class) = engine::open_with(bytes, engine::options()) {
            let mut bench = engine::Bench::limited(objclass::LimitKind::Fuel, 1_000_000);
            for method in class.methods().to_vec() {
                let _ = bench.call(&class, method.name.as_str(), b"x");
            }
        }
    }
}
