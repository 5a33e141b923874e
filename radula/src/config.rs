//! The configuration: every setting with its value and where that came from.
//!
//! Four layers, the later over the earlier: built-in, `radula.toml`, `RADULA_*` variables, flags. An unknown key in
//! any of them is an error with its place and the nearest name there is.

#[cfg(feature = "rados")]
mod cluster_url;
#[cfg(not(feature = "rados"))]
#[path = "config/no_cluster_url.rs"]
mod cluster_url;
mod environment;
mod error;
mod file;
mod keys;
mod origin;
mod places;
mod read;
mod trusted;
mod units;
mod value;

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use objclass::{LimitKind, Limits};
use transaction::Quotas;

pub use cluster_url::ClusterUrl;
pub use environment::Variables;
pub use error::ConfigError;
pub use origin::Origin;
pub use units::Unit;
pub use value::{InvalidValue, StorePlace, Value};

use keys::{KEYS, Lookup, QUOTAS};
use value::Words;

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key, dotted.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// One flag of a command line: the layer above all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The key it sets, dotted.
    pub key: String,
    /// The flag as the user knows it, such as `--lua-class-dir`.
    pub flag: String,
    /// Its values, one per repetition. A list is replaced, never added to.
    pub values: Vec<OsString>,
    /// Whether one value may hold a whole list, as a variable does.
    pub lists: bool,
}

/// Where a configuration is read from. Kept by a long-lived process, it can be read again.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by the user; nothing else is tried then.
    pub file: Option<PathBuf>,
    /// The environment.
    pub variables: Variables,
    /// The flags, in order.
    pub flags: Vec<Flag>,
    /// The running executable, beside which installed classes lie.
    pub executable: Option<PathBuf>,
    /// What relative paths in flags are relative to.
    pub directory: Option<PathBuf>,
}

impl Sources {
    /// The environment, executable and current directory of this process; no file and no flags.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            file: None,
            variables: Variables::of_process(),
            flags: Vec::new(),
            executable: std::env::current_exe().ok(),
            directory: std::env::current_dir().ok(),
        }
    }
}

/// Every setting, with a value for each key that has a built-in one.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Vec<Setting>,
    file: Option<PathBuf>,
}

impl Config {
    /// The built-in values, as they are for a process with `sources`; its file, variables and flags are not
    /// applied.
    #[must_use]
    pub fn builtin(sources: &Sources) -> Self {
        let mut config = Self {
            settings: Vec::new(),
            file: None,
        };
        for key in KEYS {
            let dirs = |kind| {
                Value::Directories(places::class_directories(
                    kind,
                    sources.executable.as_deref(),
                ))
            };
            let value = match key.name {
                "store" => Value::Store(StorePlace::Disk(places::store(&sources.variables))),
                "pool" => Value::Text("rbd".to_owned()),
                "namespace" => Value::Text(String::new()),
                "durability" => Value::Text("sync".to_owned()),
                "cache_size" => Value::Number(64 << 20, Unit::Bytes),
                "reserve" => Value::Number(128 << 20, Unit::Bytes),
                "buffered_bytes" => Value::Number(16 << 20, Unit::Bytes),
                "buffered_time" => Value::Number(1_000, Unit::Milliseconds),
                "commit_room" => Value::Number(64 << 20, Unit::Bytes),
                "commit_queue" | "object_queue" => Value::Number(1_000, Unit::Count),
                "commit_wait" | "object_wait" => Value::Number(30_000, Unit::Milliseconds),
                "store_wait" => Value::Number(5_000, Unit::Milliseconds),
                "class_dir" => dirs("native"),
                "lua_class_dir" => dirs("lua"),
                "wasm_class_dir" => dirs("wasm"),
                "wasm_compiler" => Value::Text("auto".to_owned()),
                "wasm_cache_dir" => {
                    let place = places::wasm_cache(&sources.variables);
                    Value::Text(place.to_string_lossy().into_owned())
                }
                "wasm_compile_time" => Value::Number(2_000, Unit::Milliseconds),
                "wasm_compile_memory" => Value::Number(256 << 20, Unit::Bytes),
                "class_load_list" | "class_default_list" => Value::Classes(vec!["*".to_owned()]),
                "log" => Value::Text("error".to_owned()),
                "trusted_owners" => Value::Users(Vec::new()),
                "open_classes_on_start" => Value::Switch(false),
                _ => Value::Switch(true),
            };
            config.put(key.name.to_owned(), value, Origin::BuiltIn);
        }
        config.put(
            "class.lua.enabled".to_owned(),
            Value::Switch(true),
            Origin::BuiltIn,
        );
        let mut quotas = Quotas::default();
        for (name, unit, field) in QUOTAS {
            let value = Value::Number(*field(&mut quotas), *unit);
            config.put(format!("quotas.{name}"), value, Origin::BuiltIn);
        }
        for (profile, limits) in [("installed", Limits::INSTALLED), ("eval", Limits::EVAL)] {
            for &kind in LimitKind::ALL {
                let value = Value::Number(limits.get(kind), Unit::of(kind));
                config.put(format!("limits.{profile}.{kind}"), value, Origin::BuiltIn);
            }
        }
        config
    }

    /// Reads all layers.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut config = Self::builtin(sources);
        for candidate in places::config_files(sources.file.as_deref(), &sources.variables)? {
            match (trusted::read(&candidate.path)?, candidate.named_by) {
                (Some(text), _) => {
                    config.apply_file(&candidate.path, &text)?;
                    config.file = Some(candidate.path);
                    break;
                }
                (None, Some(named_by)) => {
                    return Err(ConfigError::Missing {
                        path: candidate.path,
                        named_by,
                    });
                }
                (None, None) => {}
            }
        }
        config.apply_environment(&sources.variables)?;
        for flag in &sources.flags {
            config.apply_flag(flag, sources.directory.as_deref())?;
        }
        config.settle_pool();
        Ok(config)
    }

    /// This configuration with one key set by the embedding program, from text as a variable would hold.
    ///
    /// # Errors
    /// An unknown key, or a value that does not fit it; a relative path.
    pub fn with(mut self, key: &str, value: impl AsRef<OsStr>) -> Result<Self, ConfigError> {
        let words = Words {
            words: &[value.as_ref()],
            lists: true,
            base: None,
        };
        self.apply(key, words, Origin::Program)?;
        self.settle_pool();
        Ok(self)
    }

    fn apply_flag(&mut self, flag: &Flag, directory: Option<&Path>) -> Result<(), ConfigError> {
        let words: Vec<&OsStr> = flag.values.iter().map(OsString::as_os_str).collect();
        let words = Words {
            words: &words,
            lists: flag.lists,
            base: directory,
        };
        let place = Origin::Flag {
            flag: flag.flag.clone(),
        };
        self.apply(&flag.key, words, place)
    }

    fn apply(&mut self, key: &str, words: Words<'_>, place: Origin) -> Result<(), ConfigError> {
        let path: Vec<&str> = key.split('.').collect();
        let kind = match keys::lookup(&path) {
            Lookup::Key(kind) => kind,
            Lookup::BadClass(name) => return Err(ConfigError::ClassName { place, name }),
            Lookup::Table | Lookup::Unknown => {
                return Err(ConfigError::UnknownKey {
                    place,
                    key: key.to_owned(),
                    nearest: keys::nearest(&path),
                });
            }
        };
        match kind.read_words(words) {
            Ok(value) => self.put(key.to_owned(), value, place),
            Err(invalid) => {
                return Err(ConfigError::Value {
                    place,
                    key: key.to_owned(),
                    invalid,
                });
            }
        }
        Ok(())
    }

    /// The pool a cluster's URL names holds as if `pool` were set in its place: over whatever an earlier layer says,
    /// under a pool that the same layer or a later one names.
    fn settle_pool(&mut self) {
        let Some(store) = self.get("store") else {
            return;
        };
        let Value::Store(StorePlace::Cluster(url)) = &store.value else {
            return;
        };
        let named = self.get("pool").map_or(0, |pool| pool.origin.layer());
        if let (Some(pool), true) = (url.pool(), named < store.origin.layer()) {
            let (pool, origin) = (Value::Text(pool.to_owned()), store.origin.clone());
            self.put("pool".to_owned(), pool, origin);
        }
    }

    /// Sets `key`, which [`keys::lookup`] has approved with the kind of `value`.
    fn put(&mut self, key: String, value: Value, origin: Origin) {
        let setting = Setting { key, value, origin };
        match self.settings.iter_mut().find(|s| s.key == setting.key) {
            Some(old) => *old = setting,
            None => self.settings.push(setting),
        }
    }

    /// Every setting: those with built-in values first and in a fixed order, then those of single classes.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// One setting by its dotted key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// The configuration file that was read, if one was.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

/// What a key is for, in one line; `None` for keys that explain themselves by their table.
#[must_use]
pub fn describe(key: &str) -> Option<&'static str> {
    KEYS.iter()
        .find(|spec| spec.name == key)
        .map(|spec| spec.doc)
}

#[cfg(test)]
mod tests;
