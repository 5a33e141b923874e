//! `object-read` and `object-write`: the object of a call.

pub(super) mod read;
pub(super) mod write;
