//! Settings as the values they are, for what every host makes of them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use loader::{ClassList, LoaderConfig};
use objclass::{ClassName, LimitKind, Limits};
use sandbox::{Policy, Trust};
use transaction::Quotas;

use super::{Settings, Value, keys::QUOTAS};
use crate::{Options, WasmCompiler};

impl Settings {
    /// The part of the settings a loader reads.
    #[must_use]
    pub fn loader_config(&self) -> LoaderConfig {
        // Where a host has no such key, it decides by other means who may call what.
        let default_list = match self.get("class_default_list") {
            Some(_) => self.classes("class_default_list").clone(),
            None => ClassList::All,
        };
        let kinds = self.kinds().iter();
        LoaderConfig {
            dirs: kinds
                .clone()
                .map(|kind| (kind.name, self.directories(kind.dir_key).to_vec()))
                .collect(),
            load_list: self.classes("class_load_list").clone(),
            default_list,
            open_classes_on_start: self
                .get("open_classes_on_start")
                .is_some_and(|setting| setting.value == Value::Switch(true)),
            disabled_runtimes: kinds
                .filter(|kind| !self.switch(&format!("runtimes.{}", kind.name)))
                .map(|kind| kind.name.to_owned())
                .collect(),
            disabled_classes: self.disabled_classes(),
            policy: self.policy(),
            trust: self
                .users("trusted_owners")
                .iter()
                .fold(Trust::of_this_process(), |trust, user| trust.and(*user)),
        }
    }

    /// What the runtimes are told.
    #[must_use]
    pub fn runtime_options(&self) -> Options {
        Options {
            wasm_compiler: match self.path_or_word("wasm_compiler") {
                Ok(program) => WasmCompiler::Program(program.to_owned()),
                Err("in-process") => WasmCompiler::InProcess,
                Err(_) => WasmCompiler::Search,
            },
            wasm_cache_dir: self.path_or_word("wasm_cache_dir").ok().map(Path::to_owned),
            wasm_compile_time: Some(self.time("wasm_compile_time")),
            wasm_compile_memory: Some(self.number("wasm_compile_memory")),
            without_signals: false,
        }
    }

    /// How large objects may grow.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::default();
        for (name, _, field) in QUOTAS {
            let key = format!("quotas.{name}");
            if self.get(&key).is_some() {
                *field(&mut quotas) = self.number(&key);
            }
        }
        quotas
    }

    /// The ceilings of calls.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let mut policy = Policy {
            installed: self.limits("installed"),
            eval: self.limits("eval"),
            ..Policy::default()
        };
        for setting in &self.settings {
            let class = setting.key.strip_prefix("limits.class.");
            let Some((class, kind)) = class.and_then(|rest| rest.split_once('.')) else {
                continue;
            };
            let (Ok(class), Some(kind)) = (ClassName::new(class), LimitKind::from_name(kind))
            else {
                unreachable!("{} was put without being a key", setting.key);
            };
            let value = self.number(&setting.key);
            policy.per_class.entry(class).or_default().set(kind, value);
        }
        policy
    }

    fn limits(&self, profile: &str) -> Limits {
        let mut limits = Limits::UNLIMITED;
        for &kind in LimitKind::ALL {
            limits.set(kind, self.number(&format!("limits.{profile}.{kind}")));
        }
        limits
    }

    /// The classes switched off by `class.NAME.enabled = false`.
    fn disabled_classes(&self) -> BTreeSet<ClassName> {
        let class_of = |key: &str| {
            let name = key.strip_prefix("class.")?.strip_suffix(".enabled")?;
            ClassName::new(name).ok()
        };
        let off = |value: &Value| *value == Value::Switch(false);
        let settings = self.settings.iter().filter(|setting| off(&setting.value));
        settings
            .filter_map(|setting| class_of(&setting.key))
            .collect()
    }

    /// A key that holds a number.
    #[must_use]
    pub fn number(&self, key: &str) -> u64 {
        match self.value(key) {
            Value::Number(number, _) => *number,
            value => mistyped(key, value),
        }
    }

    /// A key that holds a count of things in memory.
    #[must_use]
    pub fn count(&self, key: &str) -> usize {
        usize::try_from(self.number(key)).unwrap_or(usize::MAX)
    }

    /// A key that holds a time.
    #[must_use]
    pub fn time(&self, key: &str) -> Duration {
        Duration::from_millis(self.number(key))
    }

    /// A key that is on or off.
    #[must_use]
    pub fn switch(&self, key: &str) -> bool {
        match self.value(key) {
            Value::Switch(on) => *on,
            value => mistyped(key, value),
        }
    }

    /// A key that holds text.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Value::Text(text) => text,
            value => mistyped(key, value),
        }
    }

    /// A key that holds a path, or `Err` with a word.
    ///
    /// # Errors
    /// The word.
    pub fn path_or_word(&self, key: &str) -> Result<&Path, &str> {
        match self.value(key) {
            Value::Path(path) => Ok(path),
            Value::Text(word) => Err(word),
            value => mistyped(key, value),
        }
    }

    /// A key that holds directories.
    #[must_use]
    pub fn directories(&self, key: &str) -> &[PathBuf] {
        match self.value(key) {
            Value::Directories(dirs) => dirs,
            value => mistyped(key, value),
        }
    }

    /// A key that holds a list of classes.
    #[must_use]
    pub fn classes(&self, key: &str) -> &ClassList {
        match self.value(key) {
            Value::Classes(list) => list,
            value => mistyped(key, value),
        }
    }

    /// A key that holds users.
    #[must_use]
    pub fn users(&self, key: &str) -> &[u32] {
        match self.value(key) {
            Value::Users(numbers) => numbers,
            value => mistyped(key, value),
        }
    }

    fn value(&self, key: &str) -> &Value {
        match self.get(key) {
            Some(setting) => &setting.value,
            None => panic!("there is no key {key}"),
        }
    }
}

/// The kind of a value is its key's, checked when it was put; reaching this is a bug of who asked.
fn mistyped(key: &str, value: &Value) -> ! {
    panic!("the key {key} holds {value:?}")
}
