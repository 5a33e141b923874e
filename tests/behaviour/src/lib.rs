//! The behaviour suite: what an object class may rely on, whatever its language and wherever its object lives.
//!
//! Cases are data, in `tests/corpus/behaviour/*.toml`. A [`RunsCases`] is one way to run them: a runtime with its way to deliver
//! a class, and a store. [`trials`] is the product, one named trial for each subject and case, such as
//! `lua/disk/rollback/a_failing_method_leaves_no_trace`.
//!
//! It is the entrance exam of a runtime or a store, this repository's or your own: implement [`RunsCases`] and [`Stage`] for it,
//! offer a class `actor` that does what its input says (`tests/corpus/classes/lua/cls_actor.lua` has the language), and run every
//! trial. `tests/outside` does so in a crate of its own.
//!
//! It is a library of tests: where production code would return an error, it panics with a reason.
#![forbid(unsafe_code)]

mod case;
mod check;
mod class_log;
mod rig;
pub mod state;
mod step;
mod subject;
mod trial;
pub mod word;

pub use case::{
    After, AfterWord, Case, CaseFile, CaseFileError, Content, Feature, Literal, Script,
};
pub use check::{Mismatch, run};
pub use class_log::ClassLog;
pub use rig::{Observed, Outcome, Rig, observe, range};
pub use step::{Action, NestedCall, Op, Step, StepKind};
pub use subject::{CaseLog, Request, RunsCases, Stage};
pub use trial::{Trial, case_names, trials};
