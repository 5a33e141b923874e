//! Members of JSON that no field takes: a misspelt name would be left out in silence.

use serde_json::{Map, Value};

use crate::{
    json::HEX,
    schema::{Node, Record, Schema, TypeId},
};

/// The first member of `value` that type `id` has no field for, as a sentence with its place. Values of a wrong kind are for the encoder to refuse.
pub(crate) fn unknown(schema: &Schema, id: TypeId, value: &Value) -> Option<String> {
    within(schema, id, value, schema.name(id))
}

fn within(schema: &Schema, id: TypeId, value: &Value, place: &str) -> Option<String> {
    match (schema.node(id), value) {
        (Node::Record(record), Value::Object(members)) => in_record(schema, record, members, place),
        (Node::List(of), Value::Array(elements)) => {
            let mut places = elements.iter().enumerate();
            places.find_map(|(at, element)| within(schema, of, element, &format!("{place}[{at}]")))
        }
        (Node::Map(_, of), Value::Object(entries)) => {
            let mut entries = entries.iter();
            entries.find_map(|(key, entry)| within(schema, of, entry, &format!("{place}.{key}")))
        }
        (Node::Optional(of), value) => within(schema, of, value, place),
        (Node::Addr, Value::Object(members)) => {
            named(members, &["type", "nonce", "sockaddr"], place)
        }
        (Node::Str, Value::Object(members)) => named(members, &[HEX], place),
        _ => None,
    }
}

fn in_record(
    schema: &Schema,
    record: Record,
    members: &Map<String, Value>,
    place: &str,
) -> Option<String> {
    let fields: Vec<_> = record.fields().map(|id| schema.field(id)).collect();
    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    named(members, &names, place).or_else(|| {
        fields.iter().find_map(|field| {
            let member = members.get(&*field.name)?;
            within(schema, field.ty, member, &format!("{place}.{}", field.name))
        })
    })
}

fn named(members: &Map<String, Value>, names: &[&str], place: &str) -> Option<String> {
    let unknown = members
        .keys()
        .find(|name| !names.contains(&name.as_str()))?;
    Some(format!(
        "{place} has no field {unknown:?}; it has {}",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_misspelt_member_is_told_with_its_place() {
        let mut schema = Schema::default();
        let id = schema
            .describe("(name:str refs:map(str, [(n:?u8)]) at:addr)")
            .unwrap();
        let told = |value: Value| unknown(&schema, id, &value);
        let right = json!({ "name": { "hex": "00" }, "refs": { "any": [{ "n": 1 }, {}] }, "at": { "nonce": 1 } });
        assert_eq!(told(right), None);
        let told = |value| told(value).unwrap();
        assert_eq!(
            told(json!({ "nme": 1 })),
            r#"value has no field "nme"; it has name, refs, at"#
        );
        assert_eq!(
            told(json!({ "refs": { "any": [{}, { "m": 1 }] } })),
            r#"value.refs.any[1] has no field "m"; it has n"#
        );
        assert!(told(json!({ "at": { "port": 1 } })).starts_with("value.at has no field"));
        assert!(told(json!({ "name": { "utf8": "" } })).ends_with("it has hex"));
    }
}
