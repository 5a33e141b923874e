//! An engine with one object, and everything a case does to it.

use std::{collections::BTreeMap, fmt, ops::Bound};

use objclass::{Errno, LimitKind, Limits};
use radula::{
    Comparison, Error, Exclusive, ExecOptions, IoCtx, OmapRange, Operation, OperationReply,
    StepReply,
};

use super::{
    case::Script,
    step::{Op, script_of},
    subject::{Delivery, Subject},
};
use crate::{
    engine::TestEngine,
    state::{ObjectState, described},
    word,
};

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Success {
        /// Return value.
        ret: i32,
        /// Output.
        output: Vec<u8>,
        /// Outputs of the operations of a compound one.
        replies: Vec<Vec<u8>>,
    },
    /// Not well.
    Failure {
        /// The number.
        errno: Errno,
        /// The error's kind.
        kind: String,
        /// The error's text.
        text: String,
        /// The failing operation of a compound one.
        failed: Option<usize>,
    },
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Outcome::Failure {
            errno: error.errno(),
            kind: error.kind().into(),
            text: error.to_string(),
            failed: error.step(),
        }
    }
}

/// An object as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What it holds; `None` when it is missing.
    pub state: Option<ObjectState>,
    /// Its version; 0 when it is missing.
    pub version: u64,
    /// Its mtime in nanoseconds; 0 when it is missing.
    pub mtime: u64,
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n  version {}, mtime {}",
            described(self.state.as_ref()),
            self.version,
            self.mtime
        )
    }
}

/// An engine with one object, ready for a case.
#[derive(Debug)]
pub struct Rig {
    engine: TestEngine,
    objects: IoCtx,
    delivery: Delivery,
    script: String,
    actor: String,
}

impl Rig {
    /// A fresh engine of `subject` with `script` ready to be called.
    ///
    /// # Panics
    /// When the engine does not open.
    #[must_use]
    pub fn new(subject: &Subject, script: Option<&Script>) -> Self {
        let engine = TestEngine::of(subject, script);
        Self {
            objects: engine.objects(),
            delivery: subject.delivery,
            script: script.map(|script| script.lua.clone()).unwrap_or_default(),
            actor: match subject.delivery {
                Delivery::LuaEval => engine.actor_source(),
                Delivery::Installed { .. } => String::new(),
            },
            engine,
        }
    }

    /// Makes the object.
    ///
    /// # Panics
    /// When it cannot be made: the case has not begun.
    pub fn put(&self, state: &ObjectState) {
        let mut operation = Operation::new()
            .create(Exclusive::Yes)
            .write_full(state.data.clone());
        for (name, value) in &state.xattrs {
            operation = operation.set_xattr(name, value.clone());
        }
        if !state.omap.is_empty() {
            operation = operation.omap_set(state.omap.clone());
        }
        if !self.engine.is_osd() && !state.header.is_empty() {
            operation = operation.omap_set_header(state.header.clone());
        }
        self.objects
            .operate(self.engine.oid(), &operation)
            .unwrap_or_else(|error| panic!("the object of the case cannot be made: {error}"));
        if self.engine.is_osd() && !state.header.is_empty() {
            self.objects
                .exec(self.engine.oid(), "probe", "set_header", &state.header)
                .unwrap_or_else(|error| panic!("its header cannot be made: {error}"));
        }
    }

    /// The object as it is.
    ///
    /// # Panics
    /// When the store cannot be read.
    #[must_use]
    pub fn observe(&self) -> Observed {
        let observed = if self.engine.is_osd() {
            observe_in_cluster(&self.objects, self.engine.oid())
        } else {
            observe(&self.objects, self.engine.oid())
        };
        observed.unwrap_or_else(|error| panic!("the object cannot be observed: {error}"))
    }

    /// Calls the actor.
    #[must_use]
    pub fn act(&self, flags: &str, input: &[u8], limits: &BTreeMap<String, u64>) -> Outcome {
        match self.delivery {
            Delivery::Installed { .. } => self.exec("actor", flags, input, limits),
            Delivery::LuaEval => self.eval(&self.actor, flags, input, limits),
        }
    }

    /// Calls a handler of the case's script.
    #[must_use]
    pub fn handler(&self, name: &str, input: &[u8], limits: &BTreeMap<String, u64>) -> Outcome {
        match self.delivery {
            Delivery::Installed { .. } => self.exec(self.engine.case_class(), name, input, limits),
            Delivery::LuaEval => self.eval(&self.script, name, input, limits),
        }
    }

    fn eval(
        &self,
        script: &str,
        handler: &str,
        input: &[u8],
        limits: &BTreeMap<String, u64>,
    ) -> Outcome {
        let request = eval_request(script.as_bytes(), handler.as_bytes(), input);
        self.exec("lua", "eval_bufferlist", &request, limits)
    }

    /// Calls a method.
    #[must_use]
    pub fn exec(
        &self,
        class: &str,
        method: &str,
        input: &[u8],
        limits: &BTreeMap<String, u64>,
    ) -> Outcome {
        let options = lowered(limits);
        let call = || {
            self.objects
                .exec_with(self.engine.oid(), class, method, input, &options)
        };
        match self.engine.logged(call) {
            Ok(reply) => Outcome::Success {
                ret: reply.ret,
                output: reply.output.to_vec(),
                replies: Vec::new(),
            },
            Err(error) => error.into(),
        }
    }

    /// Runs a compound operation.
    #[must_use]
    pub fn operate(&self, ops: &[Op], limits: &BTreeMap<String, u64>) -> Outcome {
        let version = self.observe().version;
        let options = lowered(limits);
        let operation = ops.iter().fold(Operation::new(), |operation, op| {
            add(operation, op, version, &options)
        });
        match self.objects.operate(self.engine.oid(), &operation) {
            Ok(reply) => Outcome::Success {
                ret: 0,
                output: Vec::new(),
                replies: replies(&reply),
            },
            Err(error) => error.into(),
        }
    }

    /// What classes logged since [`forget_log`](Rig::forget_log), as `LEVEL TEXT`; `expected` is what to wait for.
    #[must_use]
    pub fn log(&self, expected: &[String]) -> Vec<String> {
        self.engine.log(expected)
    }

    /// Forgets what was logged.
    pub fn forget_log(&self) {
        self.engine.forget_log();
    }
}

/// Any object as it is.
///
/// # Errors
/// When the store cannot be read.
pub fn observe(objects: &IoCtx, oid: &str) -> Result<Observed, Error> {
    observe_by(&everything().omap_get_header(), objects, oid)
}

/// The same in a cluster, whose clients get at the header through a class only.
fn observe_in_cluster(objects: &IoCtx, oid: &str) -> Result<Observed, Error> {
    let mut observed = observe_by(&everything(), objects, oid)?;
    if let Some(state) = &mut observed.state {
        state.header = objects.exec(oid, "probe", "header", b"")?.output.to_vec();
    }
    Ok(observed)
}

fn everything() -> Operation {
    Operation::new()
        .stat()
        .read(..)
        .get_xattrs()
        .omap_get_vals(OmapRange::all())
}

fn observe_by(everything: &Operation, objects: &IoCtx, oid: &str) -> Result<Observed, Error> {
    let reply = match objects.operate(oid, everything) {
        Ok(reply) => reply,
        Err(error) if error.errno() == Errno::ENOENT => {
            return Ok(Observed {
                state: None,
                version: 0,
                mtime: 0,
            });
        }
        Err(error) => return Err(error),
    };
    let mut state = ObjectState::default();
    let mut mtime = 0;
    for (index, step) in reply.steps.iter().enumerate() {
        match (index, step) {
            (0, StepReply::Stat(stat)) => mtime = stat.mtime.0,
            (1, StepReply::Bytes(data)) => state.data = data.to_vec(),
            (2, StepReply::Pairs(page)) => state.xattrs = map_of(&page.entries),
            (3, StepReply::Pairs(page)) => state.omap = map_of(&page.entries),
            (4, StepReply::Bytes(header)) => state.header = header.to_vec(),
            (index, step) => panic!("step {index} answered {step:?}"),
        }
    }
    Ok(Observed {
        state: Some(state),
        version: reply.version,
        mtime,
    })
}

fn map_of(pairs: &[objclass::Pair]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    pairs
        .iter()
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

/// What a request asks for: the named limits lowered, all others as they are.
fn lowered(limits: &BTreeMap<String, u64>) -> ExecOptions {
    if limits.is_empty() {
        return ExecOptions::default();
    }
    let mut lowered = Limits::UNLIMITED;
    for (name, value) in limits {
        let kind = LimitKind::from_name(name).unwrap_or_else(|| panic!("no limit {name:?}"));
        lowered.set(kind, *value);
    }
    ExecOptions::default().with_limits(lowered)
}

/// The bytes a case or a random operation reads: as many as `length` from `offset`, all when that is 0.
#[must_use]
pub fn range(offset: u64, length: u64) -> (Bound<u64>, Bound<u64>) {
    let end = match length {
        0 => Bound::Unbounded,
        _ => Bound::Excluded(offset.saturating_add(length)),
    };
    (Bound::Included(offset), end)
}

fn add(operation: Operation, op: &Op, version: u64, options: &ExecOptions) -> Operation {
    match op {
        Op::AssertExists {} => operation.assert_exists(),
        Op::AssertVersion(relative) => {
            operation.assert_version(version.saturating_add_signed(*relative))
        }
        Op::CmpXattr(name, value) => operation.compare_xattr(name, Comparison::Equal, &value.0),
        Op::Create(exclusive) => operation.create((*exclusive).into()),
        Op::Write(offset, data) => operation.write(*offset, data.0.clone()),
        Op::WriteFull(data) => operation.write_full(data.0.clone()),
        Op::Append(data) => operation.append(data.0.clone()),
        Op::SetXattr(name, value) => operation.set_xattr(name, value.0.clone()),
        Op::RemoveXattr(name) => operation.remove_xattr(name),
        Op::OmapSet(key, value) => operation.omap_set([(key, value.0.clone())]),
        Op::Remove {} => operation.remove(),
        Op::Read(offset, length) => operation.read(range(*offset, *length)),
        Op::Act(flags, actions) => {
            operation.exec_with("actor", flags, script_of(actions), options.clone())
        }
    }
}

fn replies(reply: &OperationReply) -> Vec<Vec<u8>> {
    reply
        .steps
        .iter()
        .map(|step| match step {
            StepReply::Done => Vec::new(),
            StepReply::Bytes(bytes) => bytes.to_vec(),
            StepReply::Exec(reply) => reply.output.to_vec(),
            StepReply::Stat(stat) => stat.size.to_string().into_bytes(),
            StepReply::Keys(page) => page
                .entries
                .iter()
                .map(|key| word::word(key))
                .collect::<Vec<_>>()
                .join(" ")
                .into_bytes(),
            StepReply::Pairs(page) => page
                .entries
                .iter()
                .map(|(key, value)| format!("{}={}", word::word(key), word::word(value)))
                .collect::<Vec<_>>()
                .join(" ")
                .into_bytes(),
            other => panic!("no case expects {other:?}"),
        })
        .collect()
}

/// The input of `lua.eval_bufferlist` in Ceph's encoding: version 1, compatible with 1, length, then script,
/// handler and input, each behind its length.
#[must_use]
pub fn eval_request(script: &[u8], handler: &[u8], input: &[u8]) -> Vec<u8> {
    let field = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("a test script fits into 4 GiB");
        [&length.to_le_bytes()[..], bytes].concat()
    };
    let body = [field(script), field(handler), field(input)].concat();
    [&[1, 1][..], &field(&body)].concat()
}
