//! `radula.toml` beside the engine: the part of the configuration that makes sense inside an OSD.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use loader::{ClassList, LoaderConfig};
use objclass::{ClassName, InvalidName, LimitKind, Limits};
use runtime::{Options, WasmCompiler};
use sandbox::{
    DirRefused, FileRefused, InvalidLimit, LimitOverrides, Policy, ScopedDir, Trust,
    parse_limit_value,
};
use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use transaction::Quotas;

/// The file's name.
pub(crate) const FILE: &str = "radula.toml";

/// Larger files are no configuration.
const MAX_FILE: u64 = 1 << 20;

/// No call may take longer, whatever is configured: a third of `osd_op_thread_timeout`, after which the OSD takes its
/// own thread for dead.
pub(crate) const MAX_DEADLINE_MS: u64 = 5_000;

/// What an OSD lets a writing operation answer unless configured otherwise (`osd_max_write_op_reply_len`).
const WRITE_REPLY: u64 = 64;

/// What the engine runs under.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) loader: LoaderConfig,
    pub(crate) quotas: Quotas,
    /// What the backends are made with; a restart of the OSD makes them anew.
    pub(crate) runtime: Options,
    /// How often files are looked at; zero for never.
    pub(crate) reload_interval: Duration,
    /// Most bytes of output of a call that wrote.
    pub(crate) write_reply: u64,
    pub(crate) log: LevelFilter,
}

/// Why a configuration is not applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    /// The directory is not fit for use.
    #[error("the directory of {FILE} is refused")]
    Directory(#[source] DirRefused),
    /// The file is not fit for use.
    #[error("{FILE} is refused")]
    File(#[source] FileRefused),
    /// It is not what TOML or the keys ask for.
    #[error("{FILE}: {message}")]
    Syntax {
        /// Place and reason.
        message: String,
    },
    /// A limit, quota or time that is none.
    #[error("{FILE}: {key}")]
    Value {
        /// Its dotted key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: InvalidLimit,
    },
    /// A key under `limits` or `quotas` that there is not.
    #[error("{FILE}: there is no key {key}")]
    UnknownKey {
        /// The dotted key.
        key: String,
    },
    /// A name no class can have.
    #[error("{FILE}: {key}")]
    Name {
        /// Where it stands.
        key: String,
        /// What is wrong with it.
        #[source]
        source: InvalidName,
    },
    /// A word that `log` does not know.
    #[error("{FILE}: log is one of off, error, warn, info, debug, trace, not {given:?}")]
    Log {
        /// What was given.
        given: String,
    },
    /// A list of classes that is none.
    #[error("{FILE}: {key} names something that is no class")]
    List {
        /// Its key.
        key: &'static str,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    class_dir: Option<Paths>,
    lua_class_dir: Option<Paths>,
    wasm_class_dir: Option<Paths>,
    wasm_compiler: Option<String>,
    wasm_cache_dir: Option<PathBuf>,
    wasm_compile_time: Option<Scalar>,
    wasm_compile_memory: Option<Scalar>,
    class_load_list: Option<Words>,
    trusted_owners: Vec<u32>,
    log: Option<String>,
    runtimes: BTreeMap<Runtime, bool>,
    class: BTreeMap<String, Class>,
    limits: LimitTables,
    quotas: Table,
    ceph: Ceph,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Runtime {
    Native,
    Lua,
    Wasm,
}

impl Runtime {
    fn name(&self) -> &'static str {
        match self {
            Runtime::Native => "native",
            Runtime::Lua => "lua",
            Runtime::Wasm => "wasm",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitTables {
    installed: Table,
    eval: Table,
    class: BTreeMap<String, Table>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ceph {
    reload_interval: Option<Scalar>,
    write_reply: Option<Scalar>,
}

type Table = BTreeMap<String, Scalar>;

/// A number, or text with a unit.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(u64),
    Text(String),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) => text.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Paths {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    Many(Vec<String>),
}

impl Settings {
    /// The built-in settings of an engine in `directory`.
    pub(crate) fn builtin(directory: &Path) -> Self {
        let dirs =
            runtime::KINDS.map(|kind| (kind.name, vec![directory.join("classes").join(kind.name)]));
        Self {
            loader: LoaderConfig {
                dirs: dirs.into(),
                ..LoaderConfig::default()
            },
            quotas: Quotas {
                // Where the interface of the OSD ends if its operator lets objects grow.
                object_size: Quotas::default()
                    .object_size
                    .min(i32::MAX.unsigned_abs().into()),
                ..Quotas::default()
            },
            runtime: runtime_options(),
            reload_interval: Duration::from_secs(2),
            write_reply: WRITE_REPLY,
            log: LevelFilter::INFO,
        }
    }

    /// The settings of the file in `directory`; the built-in ones where there is no file.
    ///
    /// # Errors
    /// The first thing wrong with the file.
    pub(crate) fn read(directory: &Path) -> Result<Self, ConfigError> {
        let opened = ScopedDir::open(directory, &Trust::of_this_process());
        let opened = match opened {
            Err(refused) if refused.is_missing() => return Ok(Self::builtin(directory)),
            opened => opened.map_err(ConfigError::Directory)?,
        };
        let bytes = match opened.read_verified(FILE, MAX_FILE) {
            Ok(file) => file.bytes,
            Err(FileRefused::Missing { .. } | FileRefused::Empty { .. }) => {
                return Ok(Self::builtin(directory));
            }
            Err(refused) => return Err(ConfigError::File(refused)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| ConfigError::Syntax {
            message: error.to_string(),
        })?;
        Self::parse(directory, text)
    }

    pub(crate) fn parse(directory: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            message: error.to_string().trim().replace('\n', " "),
        })?;
        let mut settings = Self::builtin(directory);
        let loader = &mut settings.loader;
        let given = [&file.class_dir, &file.lua_class_dir, &file.wasm_class_dir];
        for ((_, dirs), given) in loader.dirs.iter_mut().zip(given) {
            match given {
                None => {}
                Some(Paths::One(path)) => *dirs = vec![directory.join(path)],
                Some(Paths::Many(paths)) => {
                    *dirs = paths.iter().map(|path| directory.join(path)).collect();
                }
            }
        }
        let runtime = &mut settings.runtime;
        runtime.wasm_compiler = match file.wasm_compiler.as_deref() {
            None | Some("auto") => WasmCompiler::Search,
            Some("in-process") => WasmCompiler::InProcess,
            Some(program) => WasmCompiler::Program(directory.join(program)),
        };
        runtime.wasm_cache_dir = file.wasm_cache_dir.map(|path| directory.join(path));
        if let Some(time) = &file.wasm_compile_time {
            let ms = value("wasm_compile_time", LimitKind::Deadline, time)?;
            runtime.wasm_compile_time = Some(Duration::from_millis(ms));
        }
        if let Some(memory) = &file.wasm_compile_memory {
            let bytes = value("wasm_compile_memory", LimitKind::Memory, memory)?;
            runtime.wasm_compile_memory = Some(bytes);
        }
        if let Some(words) = file.class_load_list {
            let text = match words {
                Words::Text(text) => text,
                Words::Many(words) => words.join(" "),
            };
            loader.load_list = ClassList::parse(&text).map_err(|_| ConfigError::List {
                key: "class_load_list",
            })?;
        }
        loader.trust = file
            .trusted_owners
            .iter()
            .fold(Trust::of_this_process(), |trust, user| trust.and(*user));
        loader.disabled_runtimes = file
            .runtimes
            .iter()
            .filter(|(_, on)| !**on)
            .map(|(runtime, _)| runtime.name().to_owned())
            .collect();
        loader.disabled_classes = disabled(&file.class)?;
        loader.policy = policy(&file.limits)?;
        quotas(&file.quotas, &mut settings.quotas)?;
        if let Some(interval) = &file.ceph.reload_interval {
            let key = "ceph.reload_interval";
            let ms = value(key, LimitKind::Deadline, interval)?;
            settings.reload_interval = Duration::from_millis(ms);
        }
        if let Some(bytes) = &file.ceph.write_reply {
            settings.write_reply = value("ceph.write_reply", LimitKind::Memory, bytes)?;
        }
        if let Some(word) = &file.log {
            settings.log = word.parse().map_err(|_| ConfigError::Log {
                given: word.clone(),
            })?;
        }
        Ok(settings)
    }
}

/// Backends for a process whose signals are the OSD's.
fn runtime_options() -> Options {
    let mut options = Options::default();
    options.without_signals = true;
    options
}

fn value(key: &str, kind: LimitKind, scalar: &Scalar) -> Result<u64, ConfigError> {
    parse_limit_value(kind, &scalar.text()).map_err(|source| ConfigError::Value {
        key: key.to_owned(),
        source,
    })
}

fn class_name(key: &str, name: &str) -> Result<ClassName, ConfigError> {
    ClassName::new(name).map_err(|source| ConfigError::Name {
        key: key.to_owned(),
        source,
    })
}

fn disabled(classes: &BTreeMap<String, Class>) -> Result<BTreeSet<ClassName>, ConfigError> {
    let mut disabled = BTreeSet::new();
    for (name, class) in classes {
        let name = class_name("class", name)?;
        if !class.enabled {
            disabled.insert(name);
        }
    }
    Ok(disabled)
}

fn policy(tables: &LimitTables) -> Result<Policy, ConfigError> {
    let mut policy = Policy::default();
    policy.installed =
        overrides("limits.installed", &tables.installed)?.replaced_in(policy.installed);
    policy.eval = overrides("limits.eval", &tables.eval)?.replaced_in(policy.eval);
    for (name, table) in &tables.class {
        let key = format!("limits.class.{name}");
        let class = class_name(&key, name)?;
        policy.per_class.insert(class, overrides(&key, table)?);
    }
    Ok(policy)
}

fn overrides(prefix: &str, table: &Table) -> Result<LimitOverrides, ConfigError> {
    let mut overrides = LimitOverrides::default();
    for (name, scalar) in table {
        let key = format!("{prefix}.{name}");
        let Some(kind) = LimitKind::from_name(name) else {
            return Err(ConfigError::UnknownKey { key });
        };
        overrides.set(kind, value(&key, kind, scalar)?);
    }
    Ok(overrides)
}

fn quotas(table: &Table, quotas: &mut Quotas) -> Result<(), ConfigError> {
    const BYTES: LimitKind = LimitKind::Memory;
    const COUNT: LimitKind = LimitKind::OmapKeys;
    for (name, scalar) in table {
        let key = format!("quotas.{name}");
        let (kind, field) = match name.as_str() {
            "object_size" => (BYTES, &mut quotas.object_size),
            "xattr_name" => (BYTES, &mut quotas.xattr_name),
            "xattr_value" => (BYTES, &mut quotas.xattr_value),
            "xattr_count" => (COUNT, &mut quotas.xattr_count),
            "xattr_bytes" => (BYTES, &mut quotas.xattr_bytes),
            "omap_key" => (BYTES, &mut quotas.omap_key),
            "omap_value" => (BYTES, &mut quotas.omap_value),
            "omap_entries" => (COUNT, &mut quotas.omap_entries),
            "omap_bytes" => (BYTES, &mut quotas.omap_bytes),
            _ => return Err(ConfigError::UnknownKey { key }),
        };
        *field = value(&key, kind, scalar)?;
    }
    quotas.object_size = quotas.object_size.min(i32::MAX.unsigned_abs().into());
    Ok(())
}

/// `limits` with a deadline an OSD can bear.
pub(crate) fn bearable(mut limits: Limits) -> Limits {
    limits.deadline_ms = limits.deadline_ms.min(MAX_DEADLINE_MS);
    limits
}

#[cfg(test)]
mod tests;
