//! Engines for tests: everything of one test in its own scratch.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use radula::{Config, IoCtx, Radula, Sources};
use store::Store;

use crate::{
    behaviour::{Delivery, OsdHost, OsdLog, Script, Subject},
    corpus::{bundled_lua_classes, bundled_wasm_classes, corpus_classes},
    fixture::{Scratch, TestStore},
    wasm,
};

/// A configuration that sees nothing of the tester's machine: no file, no variable, no installed class, objects in
/// memory.
///
/// # Panics
/// Never: the keys exist.
#[must_use]
pub fn hermetic_config(scratch: &Scratch) -> Config {
    let nothing = scratch.dir("no-classes");
    let mut config = set(Config::builtin(&Sources::default()), "store", "memory");
    for kind in runtime::KINDS {
        config = set(config, kind.dir_key, &nothing);
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

/// An engine with the scratch its files live in and the log of its classes.
#[derive(Debug)]
pub struct TestEngine {
    radula: Radula,
    actor: PathBuf,
    case: String,
    oid: String,
    log: Log,
    // Dropped last: files go when nothing uses them any more.
    place: Place,
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
    Osd(Arc<OsdHost>),
}

/// Where what classes log arrives.
#[derive(Debug)]
enum Log {
    Here(ClassLog),
    Osd(OsdLog),
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
        let (runtime, key) = match subject.delivery {
            Delivery::Installed {
                runtime,
                directories,
            } => (runtime, directories),
            Delivery::LuaEval => (runtime::LUA.name, runtime::LUA.dir_key),
        };
        let classes = scratch.copy_of("classes", &corpus_classes(runtime));
        let mut directories = vec![classes.clone()];
        if runtime == "lua" {
            directories.push(scratch.copy_of("bundled", &bundled_lua_classes()));
            if let (Some(script), Delivery::Installed { .. }) = (script, subject.delivery) {
                scratch.file("classes/cls_case.lua", &script.lua);
            }
        }
        if runtime == "wasm" {
            directories.push(scratch.copy_of("bundled", &bundled_wasm_classes()));
        }
        if let Some((text, instead)) = &subject.actor_edit {
            edit(&classes.join("cls_actor.lua"), text, instead);
        }
        let joined =
            std::env::join_paths(&directories).expect("a scratch has no colon in its path");
        let config = set(hermetic_config(&scratch), key, joined);
        let store = TestStore::of(subject.store);
        let behind = match &subject.wrapper {
            Some(wrapper) => Store::new(wrapper(Arc::clone(store.store.engine()))),
            None => store.store.clone(),
        };
        let runtimes = match runtime {
            // Whose compiler has to be built first.
            "wasm" | "wasm-c" => wasm::runtimes(),
            _ => runtime::default_runtimes(),
        };
        let radula = Radula::builder()
            .config(config)
            .store(behind)
            .runtimes(runtimes)
            .open()
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            radula,
            actor: classes.join("cls_actor.lua"),
            case: "case".into(),
            oid: "object".into(),
            log: Log::Here(ClassLog::default()),
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
        if let (Some(script), Delivery::Installed { runtime: "lua", .. }) =
            (script, subject.delivery)
        {
            host.install(&case, &script.lua);
        }
        Self {
            radula: host.radula().clone(),
            actor: corpus_classes("lua").join("cls_actor.lua"),
            case,
            oid: format!("object{number}"),
            log: Log::Osd(OsdLog::of(host)),
            place: Place::Osd(Arc::clone(host)),
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
            Place::Osd(host) => host.objects(),
        }
    }

    /// The object of the trial.
    #[must_use]
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// The class made of the trial's script.
    #[must_use]
    pub fn case_class(&self) -> &str {
        &self.case
    }

    /// Whether its classes run in an OSD.
    #[must_use]
    pub fn is_osd(&self) -> bool {
        matches!(self.place, Place::Osd(_))
    }

    /// The text of the actor, to be sent as a script.
    ///
    /// # Panics
    /// When the actor is not in Lua.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "reads the test's own scratch")]
    pub fn actor_source(&self) -> String {
        std::fs::read_to_string(&self.actor).expect("the actor's source is readable")
    }

    /// What its classes logged in calls made through [`logged`](TestEngine::logged). In a cluster it waits a while for
    /// the log to be `expected`.
    #[must_use]
    pub fn log(&self, expected: &[String]) -> Vec<String> {
        match &self.log {
            Log::Here(log) => log.lines(),
            Log::Osd(log) => log.settled(expected),
        }
    }

    /// Forgets what was logged.
    pub fn forget_log(&self) {
        match &self.log {
            Log::Here(log) => log.clear(),
            Log::Osd(log) => log.forget(),
        }
    }

    /// Runs `body`, keeping what classes log on this thread.
    pub fn logged<T>(&self, body: impl FnOnce() -> T) -> T {
        match &self.log {
            Log::Here(log) => tracing::subscriber::with_default(log.clone(), body),
            Log::Osd(_) => body(),
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

/// What classes logged, as `LEVEL TEXT`.
#[derive(Clone, Debug, Default)]
pub struct ClassLog(Arc<Mutex<Vec<String>>>);

impl ClassLog {
    /// The lines since the last [`clear`](ClassLog::clear).
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl tracing::Subscriber for ClassLog {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "radula::class"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = LogLine::default();
        event.record(&mut line);
        let line = format!("{} {}", line.level, line.text);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[derive(Default)]
struct LogLine {
    level: i64,
    text: String,
}

impl tracing::field::Visit for LogLine {
    fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
        if field.name() == "level" {
            self.level = value;
        }
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.text = format!("{value:?}");
        }
    }
}
