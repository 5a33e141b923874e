//! The engine on the bench: opened, called, measured.
#![expect(
    clippy::disallowed_methods,
    reason = "lays out class directories for hostile cases, in a temporary directory of its own"
)]

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Instant,
};

use objclass::escaped;
use radula::{Config, ExecOptions, ExecReply, IoCtx, OmapRange, Radula, Sources};
use rustix::time::{ClockId, clock_gettime};

use crate::{StoreKind, evidence::CanarySeen, guards, recipe::BadRecipe, task::Request};

/// The object hostile calls act on.
pub(super) const ATTACKED: &str = "attacked";

/// An object nobody attacks.
pub(super) const OTHER: &str = "other";

/// The object of the client beside the attack.
pub(super) const NEIGHBOUR: &str = "neighbour";

/// The class that must always answer, and what it must answer.
const CANARY: &str = include_str!("canary.lua");
const CANARY_ANSWER: &str = "OK HELLO 00042 1+2+3";

/// Longest text kept of an error or an output, in bytes.
pub(super) const MAX_TEXT: usize = 400;

/// Why a case could not be run. Never something a case does.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unable {
    #[error("the case's directory cannot be laid out, at {path}: {source}")]
    Layout { path: PathBuf, source: io::Error },
    #[error("the case is not well formed: {0}")]
    Recipe(#[from] BadRecipe),
    #[error("the case is not well formed: {0}")]
    Case(&'static str),
    #[cfg(feature = "wasm")]
    #[error("the case is no WebAssembly text: {0}")]
    Text(String),
    #[error("the engine does not open: {0}")]
    Open(#[from] radula::OpenError),
    #[error("the engine cannot be configured: {0}")]
    Config(#[from] radula::ConfigError),
    #[error("an object cannot be prepared or read: {0}")]
    Object(#[from] radula::Error),
    #[error("the peak of memory cannot be reset: {0}")]
    Memory(#[source] io::Error),
    #[error("the process cannot be limited: {0}")]
    Limit(#[source] io::Error),
    #[error("the log cannot be collected")]
    Log,
}

/// Where the classes of a case lie.
pub(super) fn class_dir() -> Result<PathBuf, Unable> {
    let directory = PathBuf::from("classes");
    make_dir(&directory)?;
    write_class(&directory, "canary", CANARY.as_bytes())?;
    Ok(directory)
}

pub(super) fn make_dir(path: &Path) -> Result<(), Unable> {
    let failed = |source| Unable::Layout {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed)
}

/// Installs `source` as class `name`.
pub(super) fn write_class(directory: &Path, name: &str, source: &[u8]) -> Result<(), Unable> {
    write_file(directory, &format!("cls_{name}.lua"), source)
}

/// Puts a class file into `directory`.
pub(super) fn write_file(directory: &Path, name: &str, source: &[u8]) -> Result<(), Unable> {
    let path = directory.join(name);
    let failed = |source| Unable::Layout {
        path: path.clone(),
        source,
    };
    fs::write(&path, source).map_err(failed)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).map_err(failed)
}

/// An engine, and the objects of the case.
pub(super) struct Bench {
    radula: Radula,
    io: IoCtx,
}

/// One answer of the engine, measured.
pub(super) struct Answer {
    pub(super) result: Result<ExecReply, radula::Error>,
    pub(super) elapsed_ms: f64,
    pub(super) cpu_ms: f64,
}

impl Bench {
    /// Opens an engine whose classes lie in `directory`.
    pub(super) fn open(directory: &Path, request: &Request) -> Result<Self, Unable> {
        let off = &request.off[..];
        let here = std::env::current_dir().map_err(|source| Unable::Layout {
            path: directory.to_owned(),
            source,
        })?;
        let directory = here.join(directory);
        let store = match request.store {
            StoreKind::Memory => PathBuf::from("memory"),
            StoreKind::Disk => here.join("store"),
        };
        // What the store caches is its own, and bounded by a setting; what a call makes it hold is what is judged.
        let mut config = Config::builtin(&Sources::default())
            .with("store", store)?
            .with("cache_size", "1MiB")?;
        for key in ["class_dir", "lua_class_dir", "wasm_class_dir"] {
            config = config.with(key, &directory)?;
        }
        let radula = if off.is_empty() {
            Radula::open(config)?
        } else {
            guards::open_without(off, config, &directory)?
        };
        let io = radula.ioctx("review");
        Ok(Self { radula, io })
    }

    pub(super) fn io(&self) -> &IoCtx {
        &self.io
    }

    /// Both objects, with something in every part.
    pub(super) fn seed_objects(&self) -> Result<(), Unable> {
        for oid in [ATTACKED, OTHER, NEIGHBOUR] {
            self.seed(oid)?;
        }
        Ok(())
    }

    pub(super) fn seed(&self, oid: &str) -> Result<(), Unable> {
        match self.io.remove(oid) {
            Err(error) if error.errno() != radula::Errno::ENOENT => return Err(error.into()),
            _ => {}
        }
        self.io.write_full(oid, "seeded data")?;
        self.io.set_xattr(oid, "seeded", "seeded value")?;
        self.io
            .omap_set(oid, [("seeded", "seeded value"), ("zz", "")])?;
        self.io.omap_set_header(oid, "seeded header")?;
        Ok(())
    }

    /// A digest of everything the attacked object is.
    pub(super) fn digest(&self) -> Result<String, Unable> {
        self.digest_of(ATTACKED)
    }

    pub(super) fn digest_of(&self, oid: &str) -> Result<String, Unable> {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match self.io.stat(oid) {
            Ok(stat) => {
                part(&stat.size.to_le_bytes());
                part(&stat.mtime.0.to_le_bytes());
            }
            Err(error) if error.errno() == radula::Errno::ENOENT => return Ok("no object".into()),
            Err(error) => return Err(error.into()),
        }
        part(&self.io.read(oid, ..)?);
        for (name, value) in self.io.get_xattrs(oid)? {
            part(&name);
            part(&value);
        }
        part(b"omap");
        part(&self.io.omap_get_header(oid)?);
        let mut after = radula::Bytes::new();
        loop {
            let page = self
                .io
                .omap_get_vals(oid, OmapRange::all().after(&after).at_most(10_000))?;
            for (key, value) in &page.entries {
                part(key);
                part(value);
            }
            match page.entries.last() {
                Some((key, _)) if page.more => after = key.clone(),
                _ => break,
            }
        }
        Ok(hasher.finalize().to_hex()[..16].to_owned())
    }

    /// Calls a method and measures.
    pub(super) fn exec(&self, oid: &str, class: &str, method: &str, input: &[u8]) -> Answer {
        self.exec_with(oid, (class, method), input, &ExecOptions::default())
    }

    /// As [`exec`](Bench::exec), with options.
    pub(super) fn exec_with(
        &self,
        oid: &str,
        (class, method): (&str, &str),
        input: &[u8],
        options: &ExecOptions,
    ) -> Answer {
        let (began, cpu) = (Instant::now(), cpu_ms());
        let result = self.io.exec_with(oid, class, method, input, options);
        let elapsed_ms = began.elapsed().as_secs_f64() * 1e3;
        Answer {
            result,
            elapsed_ms,
            cpu_ms: cpu_ms() - cpu,
        }
    }

    /// Looks at the files of all open classes again.
    pub(super) fn reload(&self) {
        // What became of each class shows in the calls that follow.
        let _outcomes = self.radula.loader().reload();
    }

    /// Opens a class without calling it. `None` when it opened, else what came of it.
    pub(super) fn load(&self, class: &str) -> Option<Answer> {
        self.opened(class).0
    }

    /// As [`load`](Bench::load), and the milliseconds it took.
    pub(super) fn opened(&self, class: &str) -> (Option<Answer>, f64) {
        let (began, cpu) = (Instant::now(), cpu_ms());
        let opened = self.radula.loader().open(class);
        let elapsed_ms = began.elapsed().as_secs_f64() * 1e3;
        let refused = opened.err().map(|unavailable| Answer {
            result: Err(unavailable.into()),
            elapsed_ms,
            cpu_ms: cpu_ms() - cpu,
        });
        (refused, elapsed_ms)
    }

    /// The canary's answer on `oid`. When its whole directory must be refused, any answer is wrong.
    pub(super) fn canary(&self, what: String, oid: &str, must_answer: bool) -> CanarySeen {
        let answer = self.exec(oid, "canary", "canary", b"hello");
        let (right, text) = match &answer.result {
            Ok(reply) => (
                must_answer && reply.output == CANARY_ANSWER,
                escaped(&reply.output, MAX_TEXT),
            ),
            Err(error) => (
                !must_answer,
                escaped(error.to_string().as_bytes(), MAX_TEXT),
            ),
        };
        CanarySeen {
            what,
            right,
            elapsed_ms: answer.elapsed_ms,
            text,
        }
    }

    /// Closes the engine; returns milliseconds.
    pub(super) fn close(self) -> f64 {
        let began = Instant::now();
        drop(self.io);
        drop(self.radula);
        began.elapsed().as_secs_f64() * 1e3
    }
}

/// Processor milliseconds of this thread.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since the thread began are small"
)]
pub(super) fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
