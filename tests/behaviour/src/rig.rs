//! An engine with one object, and everything a case does to it.

use std::{collections::BTreeMap, fmt, ops::Bound};

use objclass::{Errno, LimitKind, Limits};
use radula::{
    Comparison, Error, Exclusive, ExecOptions, IoCtx, OmapRange, Operation, OperationReply,
    StepReply,
};

use crate::{
    ClassLog, Op, Request, RunsCases, Script, Stage,
    state::{ObjectState, described},
    step::script_of,
    word,
};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Success {
        /// Return value.
        ret: i32,
        /// Output.
        output: Vec<u8>,
        /// Outputs of the operations of a compound one.
        replies: Vec<Vec<u8>>,
    },
    /// With an error.
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
            kind: error.kind().word().into(),
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
    stage: Box<dyn Stage>,
    objects: IoCtx,
    log: ClassLog,
}

impl Rig {
    /// What `subject` sets up for a case with `script`.
    #[must_use]
    pub fn new(subject: &dyn RunsCases, script: Option<&Script>) -> Self {
        let stage = subject.stage(script);
        Self {
            objects: stage.objects(),
            log: ClassLog::default(),
            stage,
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
        let header_class = self.stage.header_class();
        if header_class.is_none() && !state.header.is_empty() {
            operation = operation.omap_set_header(state.header.clone());
        }
        self.objects
            .operate(self.stage.oid(), &operation)
            .unwrap_or_else(|error| panic!("the object of the case cannot be made: {error}"));
        if let Some(class) = header_class.filter(|_| !state.header.is_empty()) {
            self.objects
                .exec(self.stage.oid(), class, "set_header", &state.header)
                .unwrap_or_else(|error| panic!("its header cannot be made: {error}"));
        }
    }

    /// The object as it is.
    ///
    /// # Panics
    /// When the store cannot be read.
    #[must_use]
    pub fn observe(&self) -> Observed {
        let observed = match self.stage.header_class() {
            Some(class) => observe_by_class(&self.objects, self.stage.oid(), class),
            None => observe(&self.objects, self.stage.oid()),
        };
        observed.unwrap_or_else(|error| panic!("the object cannot be observed: {error}"))
    }

    /// Calls the actor.
    #[must_use]
    pub fn act(&self, flags: &str, input: &[u8], limits: &BTreeMap<String, u64>) -> Outcome {
        self.call(&self.stage.actor(flags, input), limits)
    }

    /// Calls a handler of the case's script.
    #[must_use]
    pub fn handler(&self, name: &str, input: &[u8], limits: &BTreeMap<String, u64>) -> Outcome {
        self.call(&self.stage.handler(name, input), limits)
    }

    /// Calls a method.
    #[must_use]
    pub fn call(&self, request: &Request, limits: &BTreeMap<String, u64>) -> Outcome {
        let options = lowered(limits);
        let Request {
            class,
            method,
            input,
        } = request;
        let call = || {
            self.objects
                .exec_with(self.stage.oid(), class, method, input, &options)
        };
        let replied = match self.stage.log() {
            Some(_) => call(),
            None => self.log.during(call),
        };
        match replied {
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
        match self.objects.operate(self.stage.oid(), &operation) {
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
        match self.stage.log() {
            Some(log) => log.settled(expected),
            None => self.log.lines(),
        }
    }

    /// Forgets what was logged.
    pub fn forget_log(&self) {
        match self.stage.log() {
            Some(log) => log.forget(),
            None => self.log.clear(),
        }
    }
}

/// Any object as it is.
///
/// # Errors
/// When the store cannot be read.
pub fn observe(objects: &IoCtx, oid: &str) -> Result<Observed, Error> {
    observe_by(&everything().omap_get_header(), objects, oid)
}

/// The same, with the header through a class.
fn observe_by_class(objects: &IoCtx, oid: &str, class: &str) -> Result<Observed, Error> {
    let mut observed = observe_by(&everything(), objects, oid)?;
    if let Some(state) = &mut observed.state {
        state.header = objects.exec(oid, class, "header", b"")?.output.to_vec();
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
