//! The configuration of an embedded engine: a face over [`runtime::settings`], with the keys of a store and the places
//! where a machine has its files.

#[cfg(feature = "rados")]
mod cluster_url;
#[cfg(not(feature = "rados"))]
#[path = "config/no_cluster_url.rs"]
mod cluster_url;
mod keys;
mod places;
mod setters;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Duration,
};

use runtime::{
    Kind,
    settings::{HostKind, Machine, Settings, read_trusted},
};
use transaction::Quotas;

pub use cluster_url::ClusterUrl;
pub use runtime::settings::{
    ConfigError, Flag, InvalidValue, KeySpec, Origin, Place, Setting, Unit, Value, ValueKind,
    Variables,
};

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
    /// The runtimes this program brings: each has its directories, [`Kind::dir_key`], and a switch, `runtimes.NAME`.
    pub runtimes: Vec<Kind>,
    /// The keys this program adds to those of Radula.
    pub keys: Vec<KeySpec>,
}

impl Sources {
    /// The environment, executable and current directory of this process; no file and no flags.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "whose name says so: what it finds is handed on as values"
    )]
    pub fn of_process() -> Self {
        Self {
            variables: Variables::of_process(),
            executable: std::env::current_exe().ok(),
            directory: std::env::current_dir().ok(),
            ..Self::default()
        }
    }
}

/// Where objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// In this process, gone when it ends.
    Memory,
    /// On disk, in this directory.
    Disk(PathBuf),
    /// In a Ceph cluster.
    Cluster(ClusterUrl),
}

/// Every setting, with a value for each key that has a built-in one.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    file: Option<PathBuf>,
}

impl Config {
    /// The built-in values, as they are for a process with `sources`; its file, variables and flags are not
    /// applied.
    #[must_use]
    pub fn builtin(sources: &Sources) -> Self {
        let kinds: Vec<Kind> = [&runtime::KINDS[..], &sources.runtimes].concat();
        let executable = sources.executable.as_deref();
        let machine = Machine {
            host: HostKind::Embedded,
            kinds: &kinds,
            class_dirs: &|kind| places::class_directories(kind.name, executable),
            wasm_cache: Some(&places::wasm_cache(&sources.variables)),
        };
        let mut own = keys::of_store(&sources.variables);
        own.extend(sources.keys.iter().cloned());
        Self {
            settings: Settings::builtin(&machine, own),
            file: None,
        }
    }

    /// Reads all layers.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut config = Self::builtin(sources);
        for candidate in places::config_files(sources.file.as_deref(), &sources.variables)? {
            match (read_trusted(&candidate.path)?, candidate.named_by) {
                (Some(text), _) => {
                    config.settings.apply_file(&candidate.path, &text)?;
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
        config.settings.apply_environment(&sources.variables)?;
        for flag in &sources.flags {
            let directory = sources.directory.as_deref();
            config.settings.apply_flag(flag, directory)?;
        }
        config.settle_pool();
        Ok(config)
    }

    /// This configuration with one key set by the embedding program, from text as a variable would hold.
    ///
    /// # Errors
    /// An unknown key, or a value that does not fit it; a relative path.
    pub fn with(mut self, key: &str, value: impl AsRef<OsStr>) -> Result<Self, ConfigError> {
        self.settings.set(key, value.as_ref())?;
        self.settle_pool();
        Ok(self)
    }

    /// The pool a cluster's URL names holds as if `pool` were set in its place: over whatever an earlier layer says,
    /// under a pool that the same layer or a later one names.
    fn settle_pool(&mut self) {
        let StorePlace::Cluster(url) = self.store() else {
            return;
        };
        let layer = |key: &str| self.get(key).map_or(0, |setting| setting.origin.layer());
        let (named, stored) = (layer("pool"), self.get("store"));
        if let (Some(pool), Some(store), true) = (url.pool(), stored, named < layer("store")) {
            let (pool, origin) = (Value::Text(pool.to_owned()), store.origin.clone());
            self.settings.put_value("pool", pool, origin);
        }
    }

    /// Every setting: those with built-in values first and in a fixed order, then those of single classes.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        self.settings.all()
    }

    /// One setting by its dotted key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.get(key)
    }

    /// What a key is for, in one line; `None` for keys that explain themselves by their table.
    #[must_use]
    pub fn describe(&self, key: &str) -> Option<&str> {
        self.settings.describe(key)
    }

    /// The configuration file that was read, if one was.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The settings as typed values, those of [`Sources::keys`] among them.
    #[must_use]
    pub fn typed(&self) -> &Settings {
        &self.settings
    }

    /// Where objects are kept.
    #[must_use]
    pub fn store(&self) -> StorePlace {
        match self.settings.path_or_word("store") {
            Ok(path) => StorePlace::Disk(path.to_owned()),
            Err(keys::MEMORY) => StorePlace::Memory,
            Err(url) => match cluster_url::parse(url) {
                Ok(url) => StorePlace::Cluster(url),
                Err(wrong) => unreachable!("{url} was put without being read: {wrong}"),
            },
        }
    }

    /// The default pool.
    #[must_use]
    pub fn pool(&self) -> &str {
        self.settings.text("pool")
    }

    /// The default namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.settings.text("namespace")
    }

    /// How much the command logs: `off`, `error`, `warn`, `info`, `debug` or `trace`.
    #[must_use]
    pub fn log(&self) -> &str {
        self.settings.text("log")
    }

    /// Whether a reply waits for the disk.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.settings.text("durability") == "sync"
    }

    /// Bytes of memory for the cache of the disk store.
    #[must_use]
    pub fn cache_size(&self) -> u64 {
        self.settings.number("cache_size")
    }

    /// How long to wait for another process to leave the store.
    #[must_use]
    pub fn store_wait(&self) -> Duration {
        self.settings.time("store_wait")
    }

    /// Bytes of the file system the disk store keeps back.
    #[must_use]
    pub fn reserve(&self) -> u64 {
        self.settings.number("reserve")
    }

    /// Bytes, and time, after which the disk store makes buffered changes stable.
    #[must_use]
    pub fn buffered(&self) -> (u64, Duration) {
        let time = self.settings.time("buffered_time");
        (self.settings.number("buffered_bytes"), time)
    }

    /// Bytes of changes on their way to the disk at once.
    #[must_use]
    pub fn commit_room(&self) -> u64 {
        self.settings.number("commit_room")
    }

    /// How many changes wait for room at most, and how long.
    #[must_use]
    pub fn commit_queue(&self) -> (usize, Duration) {
        let wait = self.settings.time("commit_wait");
        (self.settings.count("commit_queue"), wait)
    }

    /// How many writers wait for one object at most, and how long.
    #[must_use]
    pub fn object_queue(&self) -> (usize, Duration) {
        let wait = self.settings.time("object_wait");
        (self.settings.count("object_queue"), wait)
    }

    /// How large objects may grow.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        self.settings.quotas()
    }
}

#[cfg(test)]
mod tests;
