//! `radula.toml` beside the engine: the settings every host has, and those of `[ceph]`.

use std::{path::Path, time::Duration};

use loader::LoaderConfig;
use objclass::Limits;
use runtime::{
    KINDS, Options,
    settings::{ConfigError, HostKind, KeySpec, Machine, Settings, Unit},
};
use sandbox::{FileRefused, ScopedDir, Trust};
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
pub(crate) struct Config {
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

/// The keys an OSD has beside those of every host.
fn own_keys() -> Vec<KeySpec> {
    vec![
        KeySpec::number(
            "ceph.reload_interval",
            Unit::Milliseconds,
            2_000,
            "how often this file and the class files are looked at; 0 is never",
        ),
        KeySpec::number(
            "ceph.write_reply",
            Unit::Bytes,
            WRITE_REPLY,
            "most bytes of output of a call that wrote; more is dropped",
        ),
    ]
}

impl Config {
    /// The built-in settings of an engine in `directory`.
    pub(crate) fn builtin(directory: &Path) -> Self {
        Self::from(&builtin(directory))
    }

    /// The settings of the file in `directory`; the built-in ones where there is no file.
    ///
    /// # Errors
    /// The first thing wrong with the file.
    pub(crate) fn read(directory: &Path) -> Result<Self, ConfigError> {
        let opened = match ScopedDir::open(directory, &Trust::of_this_process()) {
            Err(refused) if refused.is_missing() => return Ok(Self::builtin(directory)),
            opened => opened.map_err(ConfigError::Directory)?,
        };
        // Unlike the command's, this file is watched where it lies: a link is refused.
        let bytes = match opened.read_verified(FILE, MAX_FILE) {
            Ok(file) => file.bytes,
            Err(FileRefused::Missing { .. } | FileRefused::Empty { .. }) => {
                return Ok(Self::builtin(directory));
            }
            Err(refused) => return Err(ConfigError::File(refused)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| ConfigError::NotText {
            path: directory.join(FILE),
        })?;
        Self::parse(directory, text)
    }

    pub(crate) fn parse(directory: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut settings = builtin(directory);
        settings.apply_file(&directory.join(FILE), text)?;
        Ok(Self::from(&settings))
    }
}

fn builtin(directory: &Path) -> Settings {
    let machine = Machine {
        host: HostKind::Osd,
        kinds: &KINDS,
        class_dirs: &|kind| vec![directory.join("classes").join(kind.name)],
        wasm_cache: None,
    };
    Settings::builtin(&machine, own_keys())
}

impl From<&Settings> for Config {
    fn from(settings: &Settings) -> Self {
        let mut quotas = settings.quotas();
        // Where the interface of the OSD ends if its operator lets objects grow.
        quotas.object_size = quotas.object_size.min(i32::MAX.unsigned_abs().into());
        let mut runtime = settings.runtime_options();
        // The process's signals are the OSD's.
        runtime.without_signals = true;
        let log = settings.text("log");
        Self {
            loader: settings.loader_config(),
            quotas,
            runtime,
            reload_interval: settings.time("ceph.reload_interval"),
            write_reply: settings.number("ceph.write_reply"),
            log: log
                .parse()
                .unwrap_or_else(|_| unreachable!("{log} is a word the key takes")),
        }
    }
}

/// `limits` with a deadline an OSD can bear.
pub(crate) fn bearable(mut limits: Limits) -> Limits {
    limits.deadline_ms = limits.deadline_ms.min(MAX_DEADLINE_MS);
    limits
}

#[cfg(test)]
mod tests;
