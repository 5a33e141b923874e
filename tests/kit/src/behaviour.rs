//! The behaviour suite: what an object class may rely on, whatever its language and wherever its object lives.
//!
//! Cases are data, in `tests/corpus/behaviour/*.toml`. [`Subject`] is one way to run them: a runtime with its way
//! to deliver a class, and a store. [`trials`] is the product, one named trial for each subject and case, such as
//! `lua/disk/rollback/a_failing_method_leaves_no_trace`.

mod case;
mod check;
mod subject;
mod trial;

pub use case::{
    Action, After, AfterWord, Case, CaseFile, CaseFileError, Content, Feature, Literal, NestedCall,
    Op, Script, Step, StepKind,
};
pub use check::{Mismatch, run};
pub use subject::{
    Delivery, Observed, Outcome, Rig, StoreKind, Subject, eval_request, observe, subjects,
};
pub use trial::{Trial, case_names, trials};
