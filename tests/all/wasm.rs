//! The bundled WASM classes: what lies in the repository, and that it answers as its twins in Lua.

use objclass::{Errno, FailureKind};
use testkit::{
    behaviour::{Delivery, StoreKind, Subject, observe},
    corpus::repository,
    engine::TestEngine,
    state::ObjectState,
};

#[test]
#[expect(clippy::disallowed_methods, reason = "reads files of the repository")]
fn the_class_files_in_the_repository_are_those_on_record() {
    let record = std::fs::read_to_string(repository().join("classes/wasm/DIGESTS"))
        .expect("there is a record");
    let mut recorded: Vec<(String, String)> = record
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, path)| (path.into(), digest.into()))
        .collect();
    recorded.sort();
    let mut present = Vec::new();
    for directory in [
        "classes/wasm",
        "tests/corpus/classes/wasm",
        "tests/corpus/classes/wasm-c",
    ] {
        for entry in std::fs::read_dir(repository().join(directory)).expect("a directory") {
            let path = entry.expect("a readable entry").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "wasm")
            {
                let content = std::fs::read(&path).expect("a readable file");
                let name = path
                    .file_name()
                    .expect("a file has a name")
                    .to_string_lossy();
                let digest = blake3::hash(&content).to_hex().to_string();
                present.push((format!("{directory}/{name}"), digest));
            }
        }
    }
    present.sort();
    assert_eq!(
        present, recorded,
        "cargo xtask classes --wasm makes both the files and the record"
    );
    assert!(present.len() >= 7);
}

/// What a call came to: return value and output, or the number and the kind of the error.
type Answer = Result<(i32, Vec<u8>), (Errno, FailureKind)>;

/// Calls `methods` of `class` in order on one object; answers what each answered, and the object after it.
fn play(
    delivery: Delivery,
    store: StoreKind,
    class: &str,
    methods: &[(&str, &[u8])],
) -> Vec<(Answer, Option<ObjectState>)> {
    let engine = TestEngine::of(&Subject::new(delivery, store), None);
    let objects = engine.objects();
    methods
        .iter()
        .map(|(method, input)| {
            if *method == "put" {
                objects
                    .operate("o", &radula::Operation::new().write_full(input.to_vec()))
                    .expect("the object can be written");
            }
            let answer = match objects.exec("o", class, method, input) {
                Ok(reply) => Ok((reply.ret, reply.output.to_vec())),
                Err(error) => Err((error.errno(), error.kind())),
            };
            let observed = observe(&objects, "o").expect("the object can be looked at");
            (answer, observed.state)
        })
        .collect()
}

/// What a greeting in Lua would be.
fn translated(state: &Option<ObjectState>) -> Option<ObjectState> {
    let mut state = state.clone()?;
    state.data = in_lua(&state.data);
    Some(state)
}

fn in_lua(text: &[u8]) -> Vec<u8> {
    for (wasm, lua) in [
        (&b"(from WASM)"[..], &b"(from Lua)"[..]),
        (b"(FROM WASM)", b"(FROM LUA)"),
    ] {
        if let Some(greeting) = text.strip_suffix(wasm) {
            return [greeting, lua].concat();
        }
    }
    text.to_vec()
}

#[test]
fn every_hello_answers_as_the_one_in_lua() {
    let long = [b'x'; 101];
    let calls: &[(&str, &[u8])] = &[
        ("replay", b""),
        ("turn_it_to_11", b""),
        ("say_hello", b""),
        ("say_hello", b"Ceph"),
        ("say_hello", &long[..100]),
        ("say_hello", &long),
        ("say_hello", b"\xff\0%"),
        ("record_hello", &long),
        ("record_hello", b"Ada"),
        ("record_hello", b"Bob"),
        ("replay", b""),
        ("turn_it_to_11", b"x"),
        ("turn_it_to_11", b""),
        ("replay", b"input is ignored"),
        ("no_such_method", b""),
    ];
    for store in [StoreKind::Memory, StoreKind::Disk] {
        let lua = play(Delivery::Lua, store, "hellolua", calls);
        assert!(lua.iter().filter(|(answer, _)| answer.is_ok()).count() >= 7);
        for class in ["hellowasm", "hellowasm_c", "hellowasm_as"] {
            let wasm = play(Delivery::Wasm, store, class, calls);
            for (index, (expected, (answer, state))) in lua.iter().zip(&wasm).enumerate() {
                let answer = answer.clone().map(|(ret, output)| (ret, in_lua(&output)));
                let what = format!("{class}, call {index}: {:?}", calls[index]);
                assert_eq!(answer.as_ref().ok(), expected.0.as_ref().ok(), "{what}");
                assert_eq!(answer.as_ref().err(), expected.0.as_ref().err(), "{what}");
                assert_eq!(translated(state), expected.1, "{what}");
            }
        }
    }
}

#[test]
fn every_counter_answers_as_the_one_in_lua() {
    let calls: &[(&str, &[u8])] = &[
        ("get", b""),
        ("add", b"x"),
        ("add", b""),
        ("add", b"41"),
        ("add", b"+1"),
        ("add", b"-50"),
        ("get", b"ignored"),
        ("add", b"1 "),
        ("add", b"-"),
        ("add", b"+"),
        ("add", b"\xff"),
        ("add", b"9223372036854775808"),
        ("reset", b"9223372036854775807"),
        ("get", b""),
        ("add", b""),
        ("reset", b"-9223372036854775808"),
        ("add", b"-1"),
        ("get", b""),
        ("reset", b"99999999999999999999999999"),
        ("reset", b""),
        ("add", b"-0"),
        ("put", b"somebody else's"),
        ("get", b""),
        ("add", b"1"),
        ("put", b"somebody else's, and longer than any number"),
        ("add", b"1"),
        ("put", b""),
        ("add", b"7"),
        ("reset", b"007"),
        ("get", b""),
    ];
    for store in [StoreKind::Memory, StoreKind::Disk] {
        let lua = play(Delivery::Lua, store, "counter", calls);
        assert!(lua.iter().filter(|(answer, _)| answer.is_ok()).count() >= 14);
        for class in ["counterwasm", "counterwasm_c"] {
            let wasm = play(Delivery::Wasm, store, class, calls);
            for (index, (expected, got)) in lua.iter().zip(&wasm).enumerate() {
                assert_eq!(got, expected, "{class}, call {index}: {:?}", calls[index]);
            }
        }
    }
}
