//! Types of methods: between the JSON that a person types and reads, and the bytes that a method takes and answers.

use encoding::{Schema, TypeId, json, tree};
use serde_json::Value;

/// What the input or the output of a method is.
#[derive(Debug)]
pub(crate) enum Side {
    Json,
    Wire(Box<Schema>, TypeId),
}

impl Side {
    /// The type of this text; `None` for one in a notation this release does not know.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if text == "json" {
            return Some(Side::Json);
        }
        let mut schema = Box::<Schema>::default();
        let id = schema.describe(text).ok()?;
        Some(Side::Wire(schema, id))
    }

    /// As data.
    pub(crate) fn tree(&self) -> Value {
        match self {
            Side::Json => serde_json::json!({ "kind": "json" }),
            Side::Wire(schema, id) => tree(schema, *id),
        }
    }

    /// The bytes of a value.
    ///
    /// # Errors
    /// What does not fit, with the field.
    pub(crate) fn encode(&self, value: &Value) -> Result<Vec<u8>, String> {
        match self {
            Side::Json => serde_json::to_vec(value).map_err(|error| error.to_string()),
            Side::Wire(schema, id) => {
                json::encode(schema, *id, value).map_err(|error| error.to_string())
            }
        }
    }

    /// The value of bytes.
    ///
    /// # Errors
    /// They are none of this type.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<Value, String> {
        match self {
            Side::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
            Side::Wire(schema, id) => {
                json::decode(schema, *id, bytes).map_err(|error| error.to_string())
            }
        }
    }
}
