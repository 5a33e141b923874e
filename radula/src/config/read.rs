//! Settings as the values they are.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use objclass::{ClassName, LimitKind, Limits};
use transaction::Quotas;

use super::{Config, StorePlace, Value, keys::QUOTAS};

impl Config {
    /// Where objects are kept.
    #[must_use]
    pub fn store(&self) -> StorePlace {
        match self.value("store") {
            Value::Store(place) => place.clone(),
            value => mistyped("store", value),
        }
    }

    /// The default pool.
    #[must_use]
    pub fn pool(&self) -> &str {
        self.text("pool")
    }

    /// The default namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.text("namespace")
    }

    /// How much the command logs: `off`, `error`, `warn`, `info`, `debug` or `trace`.
    #[must_use]
    pub fn log(&self) -> &str {
        self.text("log")
    }

    /// Whether a reply waits for the disk.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.text("durability") == "sync"
    }

    /// Bytes of memory for the cache of the disk store.
    #[must_use]
    pub fn cache_size(&self) -> u64 {
        self.number("cache_size")
    }

    /// How long to wait for another process to leave the store.
    #[must_use]
    pub fn store_wait(&self) -> Duration {
        self.time("store_wait")
    }

    /// Bytes of the file system the disk store keeps back.
    #[must_use]
    pub fn reserve(&self) -> u64 {
        self.number("reserve")
    }

    /// Bytes, and time, after which the disk store makes buffered changes stable.
    #[must_use]
    pub fn buffered(&self) -> (u64, Duration) {
        (self.number("buffered_bytes"), self.time("buffered_time"))
    }

    /// Bytes of changes on their way to the disk at once.
    #[must_use]
    pub fn commit_room(&self) -> u64 {
        self.number("commit_room")
    }

    /// How many changes wait for room at most, and how long.
    #[must_use]
    pub fn commit_queue(&self) -> (usize, Duration) {
        (self.count("commit_queue"), self.time("commit_wait"))
    }

    /// How many writers wait for one object at most, and how long.
    #[must_use]
    pub fn object_queue(&self) -> (usize, Duration) {
        (self.count("object_queue"), self.time("object_wait"))
    }

    fn count(&self, key: &str) -> usize {
        usize::try_from(self.number(key)).unwrap_or(usize::MAX)
    }

    fn time(&self, key: &str) -> Duration {
        Duration::from_millis(self.number(key))
    }

    /// What the runtimes are told.
    pub(crate) fn runtime_options(&self) -> runtime::Options {
        let mut options = runtime::Options::default();
        options.wasm_compiler = match self.text("wasm_compiler") {
            "auto" => runtime::WasmCompiler::Search,
            "in-process" => runtime::WasmCompiler::InProcess,
            program => runtime::WasmCompiler::Program(program.into()),
        };
        options.wasm_cache_dir = match self.text("wasm_cache_dir") {
            "none" => None,
            path => Some(path.into()),
        };
        options.wasm_compile_time = Some(Duration::from_millis(self.number("wasm_compile_time")));
        options.wasm_compile_memory = Some(self.number("wasm_compile_memory"));
        options
    }

    fn number(&self, key: &str) -> u64 {
        match self.value(key) {
            Value::Number(number, _) => *number,
            value => mistyped(key, value),
        }
    }

    pub(crate) fn switch(&self, key: &str) -> bool {
        match self.value(key) {
            Value::Switch(on) => *on,
            value => mistyped(key, value),
        }
    }

    pub(crate) fn directories(&self, key: &str) -> Vec<PathBuf> {
        match self.value(key) {
            Value::Directories(dirs) => dirs.clone(),
            value => mistyped(key, value),
        }
    }

    pub(crate) fn classes(&self, key: &str) -> &[String] {
        match self.value(key) {
            Value::Classes(names) => names,
            value => mistyped(key, value),
        }
    }

    pub(crate) fn users(&self, key: &str) -> &[u32] {
        match self.value(key) {
            Value::Users(numbers) => numbers,
            value => mistyped(key, value),
        }
    }

    /// The classes switched off by `class.NAME.enabled = false`.
    pub(crate) fn disabled_classes(&self) -> BTreeSet<ClassName> {
        self.settings
            .iter()
            .filter(|setting| setting.value == Value::Switch(false))
            .filter_map(|setting| {
                let name = setting
                    .key
                    .strip_prefix("class.")?
                    .strip_suffix(".enabled")?;
                ClassName::new(name).ok()
            })
            .collect()
    }

    /// How large objects may grow.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::default();
        for (name, _, field) in QUOTAS {
            if let Value::Number(number, _) = self.value(&format!("quotas.{name}")) {
                *field(&mut quotas) = *number;
            }
        }
        quotas
    }

    /// The ceilings of one profile, `installed` or `eval`.
    pub(crate) fn limits(&self, profile: &str) -> Limits {
        let mut limits = Limits::UNLIMITED;
        for &kind in LimitKind::ALL {
            if let Value::Number(number, _) = self.value(&format!("limits.{profile}.{kind}")) {
                limits.set(kind, *number);
            }
        }
        limits
    }

    /// The ceilings set for single classes.
    pub(crate) fn class_limits(&self) -> impl Iterator<Item = (ClassName, LimitKind, u64)> {
        self.settings.iter().filter_map(|setting| {
            let (class, kind) = setting.key.strip_prefix("limits.class.")?.split_once('.')?;
            match setting.value {
                Value::Number(number, _) => Some((
                    ClassName::new(class).ok()?,
                    LimitKind::from_name(kind)?,
                    number,
                )),
                _ => None,
            }
        })
    }

    fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Value::Text(text) => text,
            value => mistyped(key, value),
        }
    }

    fn value(&self, key: &str) -> &Value {
        match self.get(key) {
            Some(setting) => &setting.value,
            None => panic!("the key {key} has no built-in value"),
        }
    }
}

/// The kind of a value is its key's, checked when it was put; reaching this is a bug in this module, and the test
/// `every_setting_has_a_built_in_value_of_its_kind` looks for it.
fn mistyped(key: &str, value: &Value) -> ! {
    panic!("the key {key} holds {value:?}")
}
