//! Classes that call each other through all runtimes, on one object and one budget.
#![expect(clippy::disallowed_methods, reason = "sets up the files of the test")]

use objclass::Errno;
use radula::{Error, ExecReply, IoCtx, Radula};
use testkit::{
    behaviour::observe,
    corpus::corpus_classes,
    engine::{hermetic_config, set},
    fixture::{Scratch, TestStore},
    native::native_classes,
    wasm,
};

/// An engine with the actor of every language: `first` in Lua, `second` in WASM, `actor` native.
struct Chain {
    objects: IoCtx,
    _radula: Radula,
    _store: TestStore,
    _scratch: Scratch,
}

impl Chain {
    fn new() -> Self {
        let (scratch, store) = (Scratch::new(), TestStore::memory());
        let copy = |language: &str, file: &str, class: &str| {
            let from = scratch.copy_of(language, &corpus_classes(language));
            std::fs::rename(from.join(file), from.join(class)).expect("the actor is there");
            from
        };
        let mut config = hermetic_config(&scratch);
        let lua = copy("lua", "cls_actor.lua", "cls_first.lua");
        let wasm = copy("wasm", "cls_actor.wasm", "cls_second.wasm");
        for (key, directory) in [
            ("lua_class_dir", lua),
            ("wasm_class_dir", wasm),
            ("class_dir", native_classes()),
        ] {
            config = set(config, key, directory);
        }
        let radula = Radula::builder()
            .config(config)
            .store(store.store.clone())
            .runtimes(wasm::runtimes())
            .open()
            .expect("the store is open");
        Self {
            objects: radula.ioctx("test"),
            _radula: radula,
            _store: store,
            _scratch: scratch,
        }
    }

    /// Has `first` do what `input` says.
    fn exec(&self, input: &str) -> Result<ExecReply, Error> {
        self.objects.exec("o", "first", "rw", input.as_bytes())
    }

    fn data(&self) -> Option<Vec<u8>> {
        let observed = observe(&self.objects, "o").expect("it can be looked at");
        Some(observed.state?.data)
    }
}

/// The input of an actor, as one word of another's.
fn word(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// What `first` is told so that `actor` hears `line`, two calls further.
fn relayed(line: &str) -> String {
    let second = format!("call actor rw {}", word(line));
    format!("call second rw {}", word(&second))
}

#[test]
fn lua_calls_wasm_calls_native_in_one_transaction() {
    let chain = Chain::new();
    let input = format!(
        "write_full lua\n{}\nread 0 0",
        relayed("read 0 0\nwrite 3 +native")
    );
    let reply = chain.exec(&input);
    let reply = reply.expect("each may call the next");
    let output = String::from_utf8_lossy(&reply.output).into_owned();
    assert!(
        output.contains("lua"),
        "the native class reads what the one in Lua wrote: {output}"
    );
    assert_eq!(chain.data().as_deref(), Some(&b"lua+native"[..]));
    let usage = reply.ran.expect("it ran here").usage;
    assert_eq!(usage.nested_calls, 2);
    assert_eq!(reply.version, 1, "one transaction");
}

#[test]
fn an_error_of_the_innermost_arrives_with_its_number_and_nothing_stays() {
    let chain = Chain::new();
    let input = format!(
        "write_full lua\n{}",
        relayed("write 3 +native\nfail ENOSPC")
    );
    let error = chain.exec(&input);
    assert_eq!(
        error.expect_err("the innermost fails").errno(),
        Errno::ENOSPC
    );
    assert_eq!(chain.data(), None);
}

#[test]
fn a_limit_in_the_middle_ends_the_whole_call_and_cannot_be_caught() {
    let chain = Chain::new();
    let input = format!(
        "write_full lua\ntry call second rw {}\nwrite 0 caught",
        word("hoard")
    );
    let error = chain.exec(&input);
    let error = error.expect_err("no guest may have so much");
    assert!(error.to_string().contains("memory limit"), "{error}");
    assert_eq!(chain.data(), None);
}
