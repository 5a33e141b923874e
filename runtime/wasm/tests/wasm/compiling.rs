//! The compiler in its own process, and what it leaves in the cache.
#![expect(
    clippy::disallowed_methods,
    reason = "lays out what an operator or an attacker would"
)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use objclass::{ClassBackend as _, Limits};
use runtime_wasm::{Compiler, Guards, WasmBackend, WasmOptions};

use crate::{
    engine::{self, Bench},
    guest::Guest,
};

/// Options with the compiler built beside these tests, and time for one without optimisations.
pub(crate) fn options() -> WasmOptions {
    let mut options = WasmOptions::default();
    options.compiler = Compiler::Program(env!("CARGO_BIN_EXE_radula-wasm-compiler").into());
    options.compile_time = Duration::from_secs(60);
    options
}

fn greeter(word: &str) -> Vec<u8> {
    Guest::new()
        .method(
            "run",
            "r",
            &format!(
                "(call $reply (i32.const 0) (i32.const 1024) (i32.const {}))",
                word.len()
            ),
        )
        .with(&format!("(data (i32.const 1024) \"{word}\")"))
        .component()
}

/// Takes the compiler long: many values alive at once, over and over.
pub(crate) fn slow(functions: usize) -> Vec<u8> {
    let locals = 400;
    let mut body = format!("(local {})", "i64 ".repeat(locals));
    for round in 0..6 {
        for local in 0..locals {
            body.push_str(&format!(
                "(local.set {local} (i64.add (i64.mul (local.get {}) (i64.const {})) (local.get {})))",
                (local * 7 + round) % locals,
                local + 3,
                (local * 13 + 5) % locals
            ));
        }
        body.push_str("(if (i64.eqz (local.get 1)) (then (local.set 2 (i64.const 5))))");
    }
    let functions: String = (0..functions).map(|_| format!("(func {body})")).collect();
    Guest::new()
        .method("run", "r", "(call $ok)")
        .with(&functions)
        .component()
}

fn refusal(bytes: Vec<u8>, options: WasmOptions) -> String {
    let error = engine::open_with(bytes, options).expect_err("it opens");
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn cached(cache: &Path) -> WasmOptions {
    let mut options = options();
    options.cache = Some(cache.to_owned());
    options
}

/// Options under which nothing can be compiled: what opens was in the cache.
fn cache_only(cache: &Path) -> WasmOptions {
    let mut options = cached(cache);
    options.compiler = Compiler::Program("/nonexistent".into());
    options
}

#[test]
fn a_class_compiled_elsewhere_runs_here() {
    for signals in [true, false] {
        let mut options = options();
        options.signals = signals;
        let class = engine::open_with(greeter("hello"), options).unwrap();
        assert_eq!(Bench::new().output(&class, "run", b""), "hello");
    }
}

#[test]
fn what_is_wrong_with_a_module_arrives_from_the_compiler() {
    let bytes = wat::parse_str(
        r#"(component (core module (memory i64 1)) (core module $m (func (export "f"))) (core instance $i (instantiate $m))
           (func $f (canon lift (core func $i "f"))) (export "methods" (func $f)) (export "call" (func $f)))"#,
    )
    .unwrap();
    let text = refusal(bytes, options());
    assert!(text.contains("it uses memory64"), "{text}");
}

#[test]
fn who_calls_a_class_waits_for_its_compiling_no_longer_than_the_call_may_take() {
    let backend = WasmBackend::with_options(options());
    let module = engine::module(slow(40));
    let (limits, started) = (Limits::INSTALLED, Instant::now());
    let until = started + Duration::from_millis(200);
    let error = backend.open_until(&module, &limits, until);
    let took = started.elapsed();
    assert!(error.is_err(), "a caller's deadline counts");
    assert!(took < Duration::from_secs(3), "{took:?}");
    let greeter = engine::module(greeter("hello"));
    let later = Instant::now() + Duration::from_secs(60);
    assert!(backend.open_until(&greeter, &limits, later).is_ok());
}

#[test]
fn a_class_that_takes_too_long_is_given_up_and_the_compiler_with_it() {
    let mut short = options();
    short.compile_time = Duration::from_millis(150);
    let module = slow(40);
    let started = Instant::now();
    let text = refusal(module.clone(), short.clone());
    assert!(
        text.contains("compiling takes longer than 150 ms"),
        "{text}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    // Without the guard it takes the time it takes.
    short.guards = Guards {
        compile_budget: false,
        ..Guards::ALL
    };
    assert!(engine::open_with(module, short).is_ok());
}

#[test]
fn a_class_that_takes_too_much_memory_is_given_up() {
    let mut small = options();
    small.compile_memory = 2 << 20;
    let text = refusal(slow(20), small.clone());
    assert!(
        text.contains("compiling takes more than 2MiB of memory"),
        "{text}"
    );
    small.guards = Guards {
        compile_budget: false,
        ..Guards::ALL
    };
    assert!(engine::open_with(slow(20), small).is_ok());
}

#[test]
fn without_a_compiler_the_message_says_what_to_set() {
    for (program, words) in [
        ("/nonexistent/radula", "does not start: set wasm_compiler"),
        (
            "/bin/true",
            "is no compiler for this program (it ended without an answer): set wasm_compiler",
        ),
        (
            "/bin/echo",
            "is no compiler for this program (it answers something else): set wasm_compiler",
        ),
        ("/etc/passwd", "does not start: set wasm_compiler"),
    ] {
        let mut options = options();
        options.compiler = Compiler::Program(program.into());
        let text = refusal(greeter("x"), options);
        assert!(text.contains(words), "{program}: {text}");
    }
}

#[test]
fn a_compiler_that_is_killed_or_stops_answering_is_reported() {
    let scratch = tempfile::tempdir().unwrap();
    let program = |name: &str, script: &str| {
        let path = scratch.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    };
    for (name, script, words) in [
        ("killed", "kill -9 $$", "ended without an answer (signal: 9"),
        (
            "mute",
            "exec /bin/sleep 100",
            "compiling takes longer than 2000 ms",
        ),
        (
            "closed",
            "exec >&-; exec /bin/sleep 100",
            "it closed its output",
        ),
        ("cut", "printf radula-wasm-codec", "answers something else"),
        ("flood", "exec /usr/bin/yes", "answers something else"),
        (
            "lies",
            "printf 'radula-wasm-codec\\377\\377\\377\\377\\377\\377\\377\\377'",
            "answers something else",
        ),
    ] {
        let mut options = options();
        options.compiler = Compiler::Program(program(name, script));
        options.compile_time = Duration::from_secs(2);
        let started = Instant::now();
        let text = refusal(greeter("x"), options);
        assert!(text.contains(words), "{name}: {text}");
        assert!(started.elapsed() < Duration::from_secs(20), "{name}");
    }
}

#[test]
fn what_was_compiled_is_kept_and_found_again() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    assert!(engine::open_with(greeter("x"), cache_only(&cache)).is_err());
    engine::open_with(greeter("x"), cached(&cache)).unwrap();
    assert_eq!(entries(&cache).len(), 1);
    let class = engine::open_with(greeter("x"), cache_only(&cache)).unwrap();
    assert_eq!(Bench::new().output(&class, "run", b""), "x");
    // Another class, and the same class for another engine, are other entries.
    assert!(engine::open_with(greeter("y"), cache_only(&cache)).is_err());
    let mut other = cache_only(&cache);
    other.signals = false;
    assert!(engine::open_with(greeter("x"), other).is_err());
}

#[test]
fn an_entry_that_was_tampered_with_is_not_used() {
    type Attack = fn(&Path);
    let attacks: [(&str, Attack); 6] = [
        ("flipped", |file| {
            let mut bytes = fs::read(file).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            fs::write(file, bytes).unwrap();
        }),
        ("torn", |file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("writable by others", |file| {
            fs::set_permissions(file, PermissionsExt::from_mode(0o666)).unwrap();
        }),
        ("hard linked", |file| {
            fs::hard_link(file, file.with_extension("other")).unwrap();
        }),
        ("a symbolic link", |file| {
            let elsewhere = file.with_extension("elsewhere");
            fs::rename(file, &elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, file).unwrap();
        }),
        ("a directory", |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        }),
    ];
    for (name, attack) in attacks {
        let scratch = tempfile::tempdir().unwrap();
        let cache = scratch.path().join("cache");
        engine::open_with(greeter("x"), cached(&cache)).unwrap();
        engine::open_with(greeter("x"), cache_only(&cache)).unwrap();
        attack(&entries(&cache)[0]);
        assert!(
            engine::open_with(greeter("x"), cache_only(&cache)).is_err(),
            "an entry that is {name} was used"
        );
        // And with a compiler it is made anew.
        let class = engine::open_with(greeter("x"), cached(&cache)).unwrap();
        assert_eq!(Bench::new().output(&class, "run", b""), "x");
    }
}

#[test]
fn an_entry_under_anothers_name_is_not_used() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    engine::open_with(greeter("good"), cached(&cache)).unwrap();
    let good = entries(&cache)[0].clone();
    engine::open_with(greeter("evil"), cached(&cache)).unwrap();
    let evil = entries(&cache)
        .into_iter()
        .find(|path| *path != good)
        .unwrap();
    fs::rename(evil, &good).unwrap();
    assert!(engine::open_with(greeter("good"), cache_only(&cache)).is_err());
    let class = engine::open_with(greeter("good"), cached(&cache)).unwrap();
    assert_eq!(Bench::new().output(&class, "run", b""), "good");
}

#[test]
fn an_entry_of_another_user_is_not_used() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    engine::open_with(greeter("x"), cached(&cache)).unwrap();
    if std::os::unix::fs::chown(&entries(&cache)[0], Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give files away; run the tests as root");
        return;
    }
    assert!(engine::open_with(greeter("x"), cache_only(&cache)).is_err());
}

#[test]
fn a_directory_others_may_enter_is_no_cache() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    engine::open_with(greeter("x"), cached(&cache)).unwrap();
    for mode in [0o770, 0o755, 0o1777] {
        fs::set_permissions(&cache, PermissionsExt::from_mode(mode)).unwrap();
        assert!(
            engine::open_with(greeter("x"), cache_only(&cache)).is_err(),
            "{mode:o}"
        );
        // Classes run all the same, compiled anew.
        assert!(
            engine::open_with(greeter("x"), cached(&cache)).is_ok(),
            "{mode:o}"
        );
    }
    fs::set_permissions(&cache, PermissionsExt::from_mode(0o700)).unwrap();
    assert!(engine::open_with(greeter("x"), cache_only(&cache)).is_ok());
}

#[test]
fn compiled_code_is_never_taken_from_a_class_file() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    engine::open_with(greeter("x"), cached(&cache)).unwrap();
    let entry = fs::read(&entries(&cache)[0]).unwrap();
    let code = entry
        .windows(4)
        .position(|bytes| bytes == b"\x7fELF")
        .unwrap();
    for bytes in [&entry[..], &entry[code..]] {
        let error = engine::open_with(bytes.to_vec(), options()).unwrap_err();
        assert!(
            matches!(error, objclass::OpenError::Malformed { .. }),
            "{error}"
        );
    }
}
