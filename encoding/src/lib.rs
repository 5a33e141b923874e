//! Ceph's wire encoding, described by types that are one line of text each.
//!
//! ```
//! use encoding::{Schema, json};
//!
//! let mut schema = Schema::default();
//! schema.define(&[("tag_op", "{1 1| tag:str implicit:bool}")])?;
//! let tag_op = schema.named("tag_op").expect("just defined");
//! let value = serde_json::json!({ "tag": "a", "implicit": true });
//! let bytes = json::encode(&schema, tag_op, &value)?;
//! assert_eq!(bytes, [1, 1, 6, 0, 0, 0, 1, 0, 0, 0, b'a', 1]);
//! assert_eq!(json::decode(&schema, tag_op, &bytes)?, value);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Schema`] holds types; [`decode()`] walks bytes and tells a [`Sink`] what it finds, [`encode()`] asks a [`Source`] for what
//! it writes. Neither allocates, and neither keeps a value with a destructor while it calls a sink or a source: those of Lua
//! leave by `longjmp`.
//!
//! What it bounds: the nesting of types ([`MAX_DEPTH`]), their number and text, and counts that announce more elements than
//! bytes are left. What elements cost is the sink's to charge.
#![forbid(unsafe_code)]

pub mod address;
mod decode;
mod define;
mod encode;
mod failure;
pub mod json;
mod members;
mod parse;
mod schema;
pub mod sums;
mod tree;

pub use decode::{Sink, decode};
pub use encode::{FEATURE_ADDR2, Source, encode};
pub use failure::{Failure, Mistake};
pub use parse::TypeError;
pub use schema::{
    Field, FieldId, Head, Int, MAX_DEPTH, MAX_NODES, MAX_TEXT, MAX_WRITTEN, Node, Record, Schema,
    TypeId,
};
pub use tree::tree;
