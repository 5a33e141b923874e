//! Engines for tests: everything of one test in its own scratch.

use std::{path::Path, sync::Arc};

use behaviour::{CaseLog, Request, Script, Stage};
use radula::{Config, IoCtx, Radula};
use store::Store;

use crate::{
    behaviour::{Delivery, OsdHost, OsdLog, PROBE_CLASS, Subject, eval_request},
    corpus::{bundled_lua_classes, bundled_wasm_classes, corpus_classes, text},
    fixture::{Scratch, TestStore},
    wasm,
};

/// A configuration that sees nothing of the tester's machine: no file, no variable, no installed class, objects in
/// memory.
#[must_use]
pub fn hermetic_config(scratch: &Scratch) -> Config {
    let nothing = scratch.dir("no-classes");
    let mut config = Config::default().in_memory();
    for kind in &runtime::KINDS {
        config = config.with_classes(kind, [&nothing]);
    }
    // A loaded machine must not make a test of something else fail; tests of the deadline lower it.
    for profile in ["installed", "eval"] {
        config = set(config, &format!("limits.{profile}.deadline"), "30s");
    }
    config
}

/// `config` with `key` set.
///
/// # Panics
/// When there is no such key or it cannot have this value.
#[must_use]
pub fn set(config: Config, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Config {
    config
        .with(key, value)
        .unwrap_or_else(|error| panic!("{key}: {error}"))
}

/// An engine with the scratch its files live in and the object of its trial.
#[derive(Debug)]
pub struct TestEngine {
    radula: Radula,
    scripts: Scripts,
    oid: String,
    // Dropped last: files go when nothing uses them any more.
    place: Place,
}

/// How the actor and the trial's script are called.
#[derive(Debug)]
enum Scripts {
    /// As classes; the script under this name.
    Installed(String),
    /// With each request.
    Sent { actor: String, script: String },
}

/// Where an engine and its objects are.
#[derive(Debug)]
enum Place {
    /// Here.
    Embedded {
        _store: TestStore,
        _scratch: Scratch,
    },
    /// In a cluster that other trials use too.
    Osd(Arc<OsdHost>, OsdLog),
}

impl TestEngine {
    /// The engine of a subject, with the bundled classes, class `actor`, and `script` as class `case`.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    pub fn of(subject: &Subject, script: Option<&Script>) -> Self {
        if let Some(host) = &subject.osd {
            return Self::in_osd(subject, host, script);
        }
        let scratch = Scratch::new();
        let Subject { delivery, .. } = subject;
        let classes = scratch.copy_of("classes", &corpus_classes(delivery.folder()));
        let mut directories = vec![classes.clone()];
        if delivery.kind() == runtime::LUA {
            directories.push(scratch.copy_of("bundled", &bundled_lua_classes()));
            if let (Some(script), Delivery::Lua) = (script, delivery) {
                scratch.file("classes/cls_case.lua", &script.lua);
            }
        }
        if *delivery == Delivery::Wasm {
            directories.push(scratch.copy_of("bundled", &bundled_wasm_classes()));
        }
        let actor = classes.join("cls_actor.lua");
        if let Some((text, instead)) = &subject.actor_edit {
            edit(&actor, text, instead);
        }
        let config = hermetic_config(&scratch).with_classes(&delivery.kind(), directories);
        let store = TestStore::of(subject.store);
        let store_of_engine = match &subject.wrapper {
            Some(wrapper) => Store::new(wrapper(Arc::clone(store.store.engine()))),
            None => store.store.clone(),
        };
        let runtimes = if delivery.kind() == runtime::WASM {
            // Its compiler has to be built first.
            wasm::runtimes()
        } else {
            runtime::default_runtimes()
        };
        let radula = Radula::builder()
            .config(config)
            .store(store_of_engine)
            .runtimes(runtimes)
            .open()
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            radula,
            scripts: Scripts::of(*delivery, "case".into(), &actor, script),
            oid: "object".into(),
            place: Place::Embedded {
                _store: store,
                _scratch: scratch,
            },
        }
    }

    /// A trial's part of a cluster: the same classes, an object and a class `case` of its own.
    fn in_osd(subject: &Subject, host: &Arc<OsdHost>, script: Option<&Script>) -> Self {
        let number = host.number();
        let case = format!("case{number}");
        if let (Some(script), Delivery::Lua) = (script, subject.delivery) {
            host.install(&case, &script.lua);
        }
        let actor = corpus_classes(runtime::LUA.name).join("cls_actor.lua");
        Self {
            radula: host.radula().clone(),
            scripts: Scripts::of(subject.delivery, case, &actor, script),
            oid: format!("object{number}"),
            place: Place::Osd(Arc::clone(host), OsdLog::of(host)),
        }
    }

    /// The engine.
    #[must_use]
    pub fn radula(&self) -> &Radula {
        &self.radula
    }

    /// A pool of it.
    #[must_use]
    pub fn objects(&self) -> IoCtx {
        match &self.place {
            Place::Embedded { .. } => self.radula.ioctx("test"),
            Place::Osd(host, _) => host.objects(),
        }
    }
}

impl Scripts {
    fn of(delivery: Delivery, class: String, actor: &Path, script: Option<&Script>) -> Self {
        match delivery {
            Delivery::LuaEval => Self::Sent {
                actor: text(actor),
                script: script.map(|script| script.lua.clone()).unwrap_or_default(),
            },
            _ => Self::Installed(class),
        }
    }
}

fn eval(script: &str, handler: &str, input: &[u8]) -> Request {
    let request = eval_request(script.as_bytes(), handler.as_bytes(), input);
    Request::new("lua", "eval_bufferlist", &request)
}

impl Stage for TestEngine {
    fn objects(&self) -> IoCtx {
        TestEngine::objects(self)
    }

    fn oid(&self) -> &str {
        &self.oid
    }

    fn actor(&self, flags: &str, actions: &[u8]) -> Request {
        match &self.scripts {
            Scripts::Installed(_) => Request::new("actor", flags, actions),
            Scripts::Sent { actor, .. } => eval(actor, flags, actions),
        }
    }

    fn handler(&self, name: &str, input: &[u8]) -> Request {
        match &self.scripts {
            Scripts::Installed(class) => Request::new(class, name, input),
            Scripts::Sent { script, .. } => eval(script, name, input),
        }
    }

    fn header_class(&self) -> Option<&str> {
        matches!(self.place, Place::Osd(..)).then_some(PROBE_CLASS)
    }

    fn log(&self) -> Option<&dyn CaseLog> {
        match &self.place {
            Place::Embedded { .. } => None,
            Place::Osd(_, log) => Some(log),
        }
    }
}

/// Replaces a text that occurs in a file exactly once.
#[expect(
    clippy::disallowed_methods,
    reason = "edits a file of the test's own scratch"
)]
fn edit(file: &Path, text: &str, instead: &str) {
    let source = std::fs::read_to_string(file).expect("a readable file");
    assert_eq!(
        source.matches(text).count(),
        1,
        "{text:?} occurs exactly once in {}",
        file.display()
    );
    std::fs::write(file, source.replace(text, instead)).expect("a writable file");
}
