//! One open engine and the flags in force: what every verb works with.

use std::io::Write as _;

use radula::{Config, IoCtx, Radula, Sources};
use serde_json::Value;

use crate::{args::CallArgs, commands, failure::Failure, output::Output, verbs::Verb};

/// What every verb works with.
pub(crate) struct Session {
    pub(crate) engine: Radula,
    pub(crate) call: CallArgs,
    pub(crate) output: Output,
    /// Whether verbs may read standard input.
    pub(crate) stdin_is_free: bool,
}

impl Session {
    pub(crate) fn new(engine: Radula, call: CallArgs, output: Output) -> Self {
        Self {
            engine,
            call,
            output,
            stdin_is_free: true,
        }
    }

    /// Opens what `verb` needs. Looking at classes needs no store, must not create one, and works while another
    /// process has it.
    pub(crate) fn open(verb: &Verb, config: Config) -> Result<Radula, Failure> {
        let config = match verb {
            Verb::Class(_) => config.with("store", "memory")?,
            _ => config,
        };
        Ok(Radula::open(config)?)
    }

    /// Reads the configuration again, then the classes.
    pub(crate) fn reload(&mut self, sources: &Sources) -> Result<(), Failure> {
        self.engine.reconfigure(Config::load(sources)?)?;
        commands::class::reload(self)
    }

    pub(crate) fn run(&mut self, verb: &Verb) -> Result<(), Failure> {
        commands::run(self, verb)
    }

    /// The pool and namespace in force.
    pub(crate) fn ioctx(&self) -> IoCtx {
        let ioctx = match &self.call.pool {
            Some(pool) => self.engine.ioctx(pool),
            None => self.engine.default_ioctx(),
        };
        match &self.call.namespace {
            Some(namespace) => ioctx.with_namespace(namespace),
            None => ioctx,
        }
    }

    /// The most bytes a file may bring: an object can hold no more.
    pub(crate) fn max_input(&self) -> u64 {
        self.engine.config().quotas().object_size
    }

    /// Prints an answer: one JSON object under `--json`, else whatever `text` writes.
    pub(crate) fn answer(
        &mut self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce(&mut Output) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.call.json {
            self.output.json(&json())?;
        } else {
            text(&mut self.output)?;
        }
        Ok(self.output.flush()?)
    }
}
