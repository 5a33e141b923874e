//! The engine, opened when it is needed, and the flags in force: what every verb works with.

use std::io::Write as _;

use radula::{Bytes, Config, IoCtx, ObjectId, Radula, Sources, config::StorePlace};
use serde_json::{Value, json};

use crate::{
    args::CallArgs,
    failure::Failure,
    files::Source,
    output::{Output, bytes_json, object_json},
    terminal,
    verbs::{BackupArgs, Verb},
};

/// What every verb works with.
///
/// One process has a disk store at a time, and commands are joined by pipes. So a single command opens its engine
/// after it has read its input and closes it before it prints its answer; otherwise the two ends of a pipe would wait
/// for each other. A shell keeps its engine.
pub(crate) struct Session {
    config: Config,
    engine: Option<Radula>,
    keeps_engine: bool,
    pub(crate) call: CallArgs,
    pub(crate) output: Output,
    /// Whether verbs may read standard input.
    pub(crate) stdin_is_free: bool,
}

impl Session {
    /// For one command. Looking at classes needs no store, must not create one, and works while another process has
    /// it.
    pub(crate) fn of(
        verb: &Verb,
        config: Config,
        call: CallArgs,
        output: Output,
    ) -> Result<Self, Failure> {
        if let (Verb::Class(_), StorePlace::Cluster(_)) = (verb, config.store()) {
            terminal::say_line(
                "radula: these are the classes of this machine; `radula ceph status` shows those of its OSDs",
            );
        }
        let config = match verb {
            Verb::Class(_) | Verb::Backup(BackupArgs { verify: true, .. }) => config.in_memory(),
            _ => config,
        };
        let mut session = Self {
            config,
            engine: None,
            keeps_engine: false,
            call,
            output,
            stdin_is_free: true,
        };
        session.output.hold();
        Ok(session)
    }

    /// For many commands; the engine is open from the start.
    pub(crate) fn of_shell(
        config: Config,
        call: CallArgs,
        output: Output,
    ) -> Result<Self, Failure> {
        Ok(Self {
            engine: Some(Radula::open(config.clone())?),
            config,
            keeps_engine: true,
            call,
            output,
            stdin_is_free: true,
        })
    }

    /// Reads the configuration again.
    pub(crate) fn reconfigure(&mut self, sources: &Sources) -> Result<(), Failure> {
        let config = Config::load(sources)?;
        self.engine()?.reconfigure(config.clone())?;
        self.config = config;
        Ok(())
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn engine(&mut self) -> Result<&Radula, Failure> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => Radula::open(self.config.clone())?,
        };
        Ok(self.engine.insert(engine))
    }

    /// The pool and namespace in force. Not to be kept: the store closes with the last handle.
    pub(crate) fn ioctx(&mut self) -> Result<IoCtx, Failure> {
        let ObjectId {
            pool, namespace, ..
        } = self.object("");
        let durability = self.call.durability;
        let ioctx = self.engine()?.ioctx(&pool).with_namespace(namespace);
        Ok(match durability {
            Some(durability) => ioctx.with_durability(durability.into()),
            None => ioctx,
        })
    }

    /// The full id of an object.
    pub(crate) fn object(&self, oid: &str) -> ObjectId {
        let named = |flag: &Option<String>, configured: &str| {
            flag.clone().unwrap_or_else(|| configured.to_owned())
        };
        ObjectId {
            pool: named(&self.call.pool, self.config.pool()),
            namespace: named(&self.call.namespace, self.config.namespace()),
            oid: oid.to_owned(),
        }
    }

    /// Reads a value or an input as a whole.
    pub(crate) fn read(&self, source: Source<'_>) -> Result<Vec<u8>, Failure> {
        source.read(self.max_input(), self.stdin_is_free)
    }

    /// Reads the content of an object, in pieces.
    pub(crate) fn content(&self, source: Source<'_>) -> Result<Vec<Bytes>, Failure> {
        source.content(self.max_input(), self.stdin_is_free)
    }

    /// The most bytes a file may bring: an object can hold no more.
    fn max_input(&self) -> u64 {
        self.config.quotas().object_size
    }

    /// The answer of a command that prints nothing but its JSON object.
    pub(crate) fn done(&mut self, oid: &str) -> Result<(), Failure> {
        let id = self.object(oid);
        self.answer(
            || json!({ "ok": true, "object": object_json(&id) }),
            |_| Ok(()),
        )
    }

    /// The answer of a command that prints bytes of an object as they are.
    pub(crate) fn raw(&mut self, oid: &str, bytes: &[u8]) -> Result<(), Failure> {
        let id = self.object(oid);
        self.answer(
            || json!({ "ok": true, "object": object_json(&id), "output": bytes_json(bytes) }),
            |output| Ok(output.write_all(bytes)?),
        )
    }

    /// Prints an answer: one JSON object under `--json`, else whatever `text` writes.
    pub(crate) fn answer(
        &mut self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce(&mut Output) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.keeps_engine {
            self.engine = None;
            self.output.release()?;
        }
        if self.call.json {
            self.output.json(&json())?;
        } else {
            text(&mut self.output)?;
        }
        Ok(self.output.flush()?)
    }
}
