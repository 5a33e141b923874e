//! The security review harness behind `radula review`.
//!
//! It runs hostile [cases](Case) against the engine, each in a child process under an outer guard, judges what was
//! seen by one [rule](verdict), and makes a [`Report`] a reviewer can file. The corpus is built in; a
//! reviewer's own files join it by lying in a directory.
//!
//! It is no sandbox: what it runs is the engine, which has to hold on its own. The guard around the child exists so
//! that a failure is a line in the report and not a dead machine.
//!
//! ```no_run
//! use review::{ChildCommand, Options};
//!
//! let child = ChildCommand {
//!     program: std::env::current_exe()?,
//!     args: vec!["review-case".into()],
//! };
//! let report = review::run(&Options::new(child), &mut |progress| {
//!     if let review::Progress::Case(case) = progress {
//!         println!("{}", case.id);
//!     }
//! })?;
//! println!("{}", review::report::summary(&report));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod case;
mod child;
mod child_process;
mod component;
mod corpus;
mod error;
mod event;
mod evidence;
mod files;
mod guards;
mod header;
mod limits;
mod operation;
mod options;
mod outcome;
mod proc;
mod program;
mod rates;
mod recipe;
mod run;
mod search;
mod shape;
mod soak;
mod store_kind;
mod task;

pub mod report;
pub mod verdict;

pub use case::{Body, Case, EvalRequest, Family, Script, UnknownFamily};
pub use child::child_main;
pub use child_process::ChildCommand;
pub use component::{Component, Form, UnknownForm};
pub use corpus::{Corpus, CorpusError};
pub use error::ReviewError;
pub use evidence::{
    CallSeen, CanarySeen, Evidence, Findings, MemorySeen, NeighbourSeen, Rate, SoakReport,
};
pub use files::{Call, Files, Make, Meanwhile};
pub use guards::{Guard, UnknownGuard};
pub use header::BadHeader;
pub use operation::{Operations, Step};
pub use options::Options;
pub use outcome::{Accepted, Outcome, UnknownOutcome};
pub use rates::RatesReport;
pub use recipe::{BadRecipe, Piece, Recipe};
pub use report::{CaseReport, Report};
pub use run::{Progress, run};
pub use search::{Finding, SearchReport};
pub use store_kind::{StoreKind, UnknownStoreKind};
pub use verdict::Verdict;
