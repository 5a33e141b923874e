//! The behaviour suite: what an object class may rely on, whatever its language and wherever its object lives.
//!
//! Cases are data, in `tests/corpus/behaviour/*.toml`. [`Subject`] is one way to run them: a runtime with its way
//! to deliver a class, and a store. [`trials`] is the product, one named trial for each subject and case, such as
//! `lua/disk/rollback/a_failing_method_leaves_no_trace`.

mod case;
mod check;
mod osd;
mod rig;
mod step;
mod subject;
mod trial;

pub use case::{
    After, AfterWord, Case, CaseFile, CaseFileError, Content, Feature, Literal, Script,
};
pub use check::{Mismatch, run};
pub(crate) use osd::OsdLog;
pub use osd::{OsdHost, connected};
pub use rig::{Observed, Outcome, Rig, eval_request, observe, range};
pub use step::{Action, NestedCall, Op, Step, StepKind};
pub use subject::{Delivery, StoreKind, Subject, subjects};
pub use trial::{Trial, case_names, trials};
