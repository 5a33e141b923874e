//! The behaviour suite on the runtimes and stores of this repository. [`Subject`] is one of them; a new one joins by a line in
//! [`subjects`]. Cases, trials and what judges them are in crate `radula-behaviour`, whose names are here too.

mod eval;
mod osd;
mod subject;

pub use ::behaviour::*;
pub use eval::eval_request;
pub use osd::{OsdHost, connected};
pub(crate) use osd::{OsdLog, PROBE_CLASS};
pub use subject::{Delivery, StoreKind, Subject, subjects};
