//! A class opened, and calls of it on an object.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    LimitKind, Limits, LogRecord, Module, ObjectId, OpenError, Reply, Usage,
};
use runtime_wasm::{Compiler, WasmBackend, WasmOptions};
use transaction::{Absent, Quotas, Transaction};

/// Options of tests that are not about compiling.
pub(crate) fn options() -> WasmOptions {
    let mut options = WasmOptions::default();
    options.compiler = Compiler::InProcess;
    options
}

pub(crate) fn module(bytes: impl Into<Bytes>) -> Module {
    let bytes = bytes.into();
    Module {
        class: ClassName::new("guest").unwrap(),
        file: "cls_guest.wasm".to_owned(),
        digest: Digest(*blake3::hash(&bytes).as_bytes()),
        bytes,
    }
}

pub(crate) fn open_with(
    bytes: impl Into<Bytes>,
    options: WasmOptions,
) -> Result<Arc<dyn Class>, OpenError> {
    WasmBackend::with_options(options).open(&module(bytes), &Limits::INSTALLED)
}

pub(crate) fn open(bytes: impl Into<Bytes>) -> Arc<dyn Class> {
    open_with(bytes, options()).unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with a module.
pub(crate) fn refusal(bytes: impl Into<Bytes>) -> String {
    open_with(bytes, options())
        .expect_err("it opens")
        .to_string()
}

/// Classes that can be called by name, and the log.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) classes: Vec<(&'static str, Arc<dyn Class>)>,
    pub(crate) log: Mutex<Vec<(i32, String)>>,
}

impl Host for Surroundings {
    fn log(&self, record: LogRecord<'_>) {
        let line = (record.level, record.text.to_owned());
        self.log.lock().unwrap().push(line);
    }

    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let (_, class) = self
            .classes
            .iter()
            .find(|(name, _)| *name == class)
            .ok_or(Errno::EOPNOTSUPP)?;
        let mut methods = class.methods().iter();
        let index = methods
            .position(|known| known.name.as_str() == method)
            .ok_or(Errno::EOPNOTSUPP)?;
        let flags = class.methods()[index].flags;
        if !context.access().contains(flags) {
            return Err(Errno::EPERM.into());
        }
        let mut narrowed = context.narrowed("callee", flags);
        class.call(index, &mut narrowed, input)
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// An object, absent at first, and what surrounds calls on it.
pub(crate) struct Bench {
    pub(crate) object: Transaction,
    pub(crate) surroundings: Surroundings,
    pub(crate) limits: Limits,
    pub(crate) usage: Usage,
}

impl Bench {
    /// With the limits of an engine nobody configured, but time enough on a machine that does much else: hundreds of
    /// threads of a neighbouring test, say. What is tested is what a call answers; deadlines have tests of their own.
    pub(crate) fn new() -> Self {
        let mut limits = Limits::INSTALLED;
        limits.deadline_ms = 60_000;
        let info = CallInfo {
            object: ObjectId {
                pool: "pool".into(),
                namespace: "space".into(),
                oid: "oid".into(),
            },
            version: 3,
            subop: 2,
            origin: "test".into(),
        };
        Self {
            object: Transaction::new(Box::new(Absent), info, Quotas::default()),
            surroundings: Surroundings::default(),
            limits,
            usage: Usage::default(),
        }
    }

    pub(crate) fn limited(kind: LimitKind, value: u64) -> Self {
        let mut bench = Self::new();
        bench.limits.set(kind, value);
        bench
    }

    /// Calls method `name` with what its flags allow. The budget has the last word, as in the engine.
    pub(crate) fn call(
        &mut self,
        class: &Arc<dyn Class>,
        name: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let mut methods = class.methods().iter();
        let index = methods
            .position(|method| method.name.as_str() == name)
            .unwrap_or_else(|| panic!("no method {name}"));
        let mut budget = Budget::new(self.limits);
        let mut context = Context::new(
            &mut self.object,
            &mut budget,
            &self.surroundings,
            "guest",
            class.methods()[index].flags,
        );
        let answer = class.call(index, &mut context, input);
        self.usage = budget.close();
        match answer {
            Err(error @ CallError::Trap(_)) => Err(error),
            answer => match budget.error() {
                Some(ended) => Err(ended),
                None => answer,
            },
        }
    }

    /// The output of a call that succeeds.
    pub(crate) fn output(&mut self, class: &Arc<dyn Class>, name: &str, input: &[u8]) -> Bytes {
        self.call(class, name, input)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .output
    }

    /// The errno of a call that fails.
    pub(crate) fn errno(&mut self, class: &Arc<dyn Class>, name: &str, input: &[u8]) -> Errno {
        self.call(class, name, input)
            .expect_err("it succeeds")
            .errno()
    }
}

/// One call of method `run` on a new object.
pub(crate) fn run(bytes: impl Into<Bytes>, input: &[u8]) -> Result<Reply, CallError> {
    Bench::new().call(&open(bytes), "run", input)
}
