//! A client in Python, for Ceph's `rados` module.

use std::fmt::Write as _;

use encoding::{Node, Record, Schema, TypeId};
use radula::runtime::Method;

use super::{
    Described,
    names::{Names, camel},
};
use crate::types::Side;

/// How values become bytes: the same in every client.
const CODEC: &str = include_str!("client.py");

/// What no name may be: keywords, and what the class has beside its methods.
const RESERVED: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield", "self", "ioctx", "oid", "room",
];

/// A string as a literal, in printable ASCII: names are the authors' and may hold anything.
fn literal(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(literal, "\\{c}"),
            ' '..='~' => write!(literal, "{c}"),
            _ => write!(literal, "\\U{:08x}", u32::from(c)),
        };
    }
    literal.push('"');
    literal
}

/// The code for a class.
pub(super) fn code(class: Described<'_>) -> String {
    let name = camel(class.name);
    let mut code = format!(
        "{}\n\n{CODEC}\n\nclass {name}:\n    {}\n",
        literal(&format!(
            "A client of object class {}, written by `radula class stub {0} --lang python`.",
            class.name
        )),
        literal(&format!(
            "Calls class {} on one object of a rados.Ioctx.",
            class.name
        )),
    );
    code.push_str(
        "
    def __init__(self, ioctx, oid, room=1 << 20):
        \"`room` is the longest answer in bytes; a longer one fails with ERANGE.\"
        self.ioctx, self.oid, self.room = ioctx, oid, room

    def _call(self, method, input, output):
        _, answer = self.ioctx.execute(self.oid, ",
    );
    let _ = writeln!(
        code,
        "{}, method, bytes(input), self.room)",
        literal(class.name)
    );
    code.push_str("        return output.get(_Bytes(answer)) if output and answer else answer\n");
    let mut names = Names::new(RESERVED);
    for method in class.methods {
        let identifier = names.identifier(method.name.as_str());
        write_method(&mut code, &identifier, method);
    }
    code
}

fn write_method(code: &mut String, identifier: &str, method: &Method) {
    let input = method.input.as_deref().and_then(Side::of);
    let output = method.output.as_deref().and_then(Side::of);
    let parameters = match &input {
        None => Parameters::Bytes,
        Some(Side::Wire(schema, id)) => match schema.node(*id) {
            Node::Record(record) => Parameters::Fields(fields(schema, record)),
            _ => Parameters::Value,
        },
        Some(Side::Json) => Parameters::Value,
    };
    let doc = format!(
        "{}{}({}) Input: {}. Answer: {}.",
        method.doc.as_deref().unwrap_or_default(),
        if method.doc.is_some() { ". " } else { "" },
        method.flags,
        method.input.as_deref().unwrap_or("bytes"),
        method.output.as_deref().unwrap_or("bytes"),
    );
    let _ = writeln!(
        code,
        "\n    def {identifier}({}):\n        {}",
        parameters.signature(),
        literal(&doc)
    );
    let input = match &input {
        None => "input".to_owned(),
        Some(side) => {
            let _ = writeln!(
                code,
                "        encoded = bytearray()\n        {}.put({}, encoded)",
                side_code(side),
                parameters.value()
            );
            "encoded".to_owned()
        }
    };
    let output = output.as_ref().map_or_else(|| "None".to_owned(), side_code);
    let _ = writeln!(
        code,
        "        return self._call({}, {input}, {output})",
        literal(method.name.as_str())
    );
}

/// What a method takes.
enum Parameters {
    Bytes,
    Value,
    /// Name of the parameter, name of the field, default.
    Fields(Vec<(String, String, &'static str)>),
}

fn fields(schema: &Schema, record: Record) -> Vec<(String, String, &'static str)> {
    let mut names = Names::new(RESERVED);
    record
        .fields()
        .map(|id| {
            let field = schema.field(id);
            let default = match schema.node(field.ty) {
                Node::Int(_) | Node::Varint | Node::Svarint | Node::Time => "0",
                Node::Bool => "False",
                Node::Str => "b\"\"",
                Node::List(_) => "()",
                Node::Map(..) | Node::Optional(_) | Node::Record(_) | Node::Addr => "None",
            };
            (
                names.identifier(&field.name),
                field.name.to_string(),
                default,
            )
        })
        .collect()
}

impl Parameters {
    fn signature(&self) -> String {
        match self {
            Parameters::Bytes => "self, input=b\"\"".to_owned(),
            Parameters::Value => "self, value".to_owned(),
            Parameters::Fields(fields) if fields.is_empty() => "self".to_owned(),
            Parameters::Fields(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, _, default)| format!("{name}={default}"))
                    .collect();
                format!("self, *, {}", fields.join(", "))
            }
        }
    }

    fn value(&self) -> String {
        match self {
            Parameters::Bytes | Parameters::Value => "value".to_owned(),
            Parameters::Fields(fields) => {
                let members: Vec<_> = fields
                    .iter()
                    .map(|(name, field, _)| format!("{}: {name}", literal(field)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }
}

fn side_code(side: &Side) -> String {
    match side {
        Side::Json => "_JSON".to_owned(),
        Side::Wire(schema, id) => type_code(schema, *id),
    }
}

fn type_code(schema: &Schema, id: TypeId) -> String {
    match schema.node(id) {
        Node::Int(int) => format!("_{}", int.name().to_uppercase()),
        Node::Varint => "_VARINT".to_owned(),
        Node::Svarint => "_SVARINT".to_owned(),
        Node::Bool => "_BOOL".to_owned(),
        Node::Str => "_STR".to_owned(),
        Node::Time => "_TIME".to_owned(),
        Node::Addr => "_ADDRESS".to_owned(),
        Node::List(of) => format!("_List({})", type_code(schema, of)),
        Node::Optional(of) => format!("_Optional({})", type_code(schema, of)),
        Node::Map(key, value) => format!(
            "{}({}, {})",
            if is_plain(schema, key) {
                "_Map"
            } else {
                "_Pairs"
            },
            type_code(schema, key),
            type_code(schema, value)
        ),
        Node::Record(record) => {
            let head = record.head.map_or_else(
                || "None".to_owned(),
                |head| format!("({}, {})", head.version, head.compat),
            );
            let fields: Vec<_> = record
                .fields()
                .map(|id| {
                    let field = schema.field(id);
                    let of = type_code(schema, field.ty);
                    format!("({}, {of}, {})", literal(&field.name), field.since)
                })
                .collect();
            format!("_Struct({head}, [{}])", fields.join(", "))
        }
    }
}

/// Whether values of a type can be keys of a dict, and sort as they are stored.
fn is_plain(schema: &Schema, id: TypeId) -> bool {
    matches!(
        schema.node(id),
        Node::Int(_) | Node::Varint | Node::Svarint | Node::Time | Node::Str
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_printable_whatever_is_in_it() {
        let text = "a\"b\\c\n\u{202e}\u{1f600}";
        assert_eq!(literal(text), r#""a\"b\\c\U0000000a\U0000202e\U0001f600""#);
    }
}
