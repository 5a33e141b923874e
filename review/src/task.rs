//! What a child process is asked to do.

use serde::{Deserialize, Serialize};

use crate::{Case, StoreKind, guards::Guard, program::Program};

/// One task and how to do it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Begins every line of the answer. A script that reaches standard output cannot know it.
    pub(crate) nonce: String,
    /// The task.
    pub(crate) task: Task,
    /// Where the objects are.
    pub(crate) store: StoreKind,
    /// The guards the engine runs without.
    pub(crate) off: Vec<Guard>,
    /// Whether the child limits its own address space and processor time.
    pub(crate) rlimits: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// One case.
    Case(Box<Case>),
    /// Many calls in one engine.
    Soak(Soak),
    /// Composed programs, one after another.
    Search(Search),
    /// Statements that call one function each.
    Rates(Rates),
}

/// Statements that call one function each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// How many of each function.
    pub(crate) shapes: u32,
    /// Decides which.
    pub(crate) seed: u64,
}

/// Composed programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Search {
    /// The programs, in order.
    pub(crate) programs: Vec<Program>,
}

/// Many calls of many cases in one engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Soak {
    /// The cases to pick from; scripts only.
    pub(crate) cases: Vec<Case>,
    /// How many calls in all.
    pub(crate) calls: u64,
    /// How many at a time.
    pub(crate) jobs: u32,
    /// Decides the order.
    pub(crate) seed: u64,
}
