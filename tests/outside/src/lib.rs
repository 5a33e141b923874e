//! A runtime and a store of one's own, written as an application outside this repository would: against `radula`, and nothing else.
//!
//! - [`acts`]: class files `cls_NAME.acts` list methods and their flags; each method does what its input says.
//! - [`tree`]: objects in a map of maps.
//!
//! `tests/behaviour.rs` runs the behaviour suite on them.
#![forbid(unsafe_code)]

pub mod acts;
pub mod tree;
