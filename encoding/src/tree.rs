//! A type as data, for whoever writes code or forms for it.

use serde_json::{Value, json};

use crate::schema::{FieldId, Node, Schema, TypeId};

/// The type as JSON: `kind`, and what belongs to it. Integers have the names of descriptions (`u8` to `i64`, `varint`, `svarint`); the others are
/// `bool`, `str`, `time`, `addr`, `list` with `of`, `map` with `key` and `value`, `optional` with `of`, and `struct` with `version` and `compat` (null
/// without a head) and `fields`, each with `name`, `type` and `since`.
#[must_use]
pub fn tree(schema: &Schema, id: TypeId) -> Value {
    let plain = |kind: &str| json!({ "kind": kind });
    match schema.node(id) {
        Node::Int(int) => plain(int.name()),
        Node::Varint => plain("varint"),
        Node::Svarint => plain("svarint"),
        Node::Bool => plain("bool"),
        Node::Str => plain("str"),
        Node::Time => plain("time"),
        Node::Addr => plain("addr"),
        Node::List(of) => json!({ "kind": "list", "of": tree(schema, of) }),
        Node::Optional(of) => json!({ "kind": "optional", "of": tree(schema, of) }),
        Node::Map(key, value) => {
            json!({ "kind": "map", "key": tree(schema, key), "value": tree(schema, value) })
        }
        Node::Record(record) => {
            let field = |id: FieldId| {
                let field = schema.field(id);
                json!({ "name": field.name, "type": tree(schema, field.ty), "since": field.since })
            };
            json!({
                "kind": "struct",
                "version": record.head.map(|head| head.version),
                "compat": record.head.map(|head| head.compat),
                "fields": record.fields().map(field).collect::<Vec<_>>(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_to_its_leaves() {
        let mut schema = Schema::default();
        let id = schema
            .describe("{2 1| name:str refs:map(str, ?u8)@2}")
            .unwrap();
        assert_eq!(
            tree(&schema, id),
            json!({
                "kind": "struct", "version": 2, "compat": 1,
                "fields": [
                    { "name": "name", "type": { "kind": "str" }, "since": 0 },
                    { "name": "refs", "since": 2, "type": {
                        "kind": "map", "key": { "kind": "str" },
                        "value": { "kind": "optional", "of": { "kind": "u8" } },
                    } },
                ],
            })
        );
    }
}
