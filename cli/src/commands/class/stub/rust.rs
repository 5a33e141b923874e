//! A client in Rust: one module, for librados as it is.

use std::fmt::Write as _;

use encoding::{Node, Schema, TypeId};
use radula::runtime::Method;

use super::{
    Described,
    names::{Names, camel},
};
use crate::types::Side;

/// How values become bytes: the same in every client.
const CODEC: &str = include_str!("client.rs.in");

/// What no method or field may be.
const RESERVED: &[&str] = &[
    "as", "async", "await", "abstract", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "new", "override", "priv", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Types that a client has anyway.
const TYPES: &[&str] = &[
    "Error", "Wire", "Bytes", "Time", "Varint", "Svarint", "Addr", "Target", "BTreeMap", "CStr",
    "CString", "Vec", "Option", "Result", "Ok", "Err", "Some", "None", "Default", "Self", "Sized",
    "Ord", "From",
];

/// A text that ends in zero, as a literal in printable ASCII.
fn literal(text: &str) -> String {
    format!("c\"{}\"", text.as_bytes().escape_ascii())
}

/// A sentence that stays within its line.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
        .collect()
}

/// The code for a class.
pub(super) fn code(class: Described<'_>) -> String {
    let mut types = Names::new(TYPES);
    let name = types.identifier(&camel(class.name));
    let mut code = format!(
        "// A client of object class {}, written by `radula class stub {0} --lang rust`. A module of its own: `mod {};`. Rust 1.82.\n\
         #![allow(dead_code, unused_macros)]\n\n{CODEC}\n",
        comment(class.name),
        Names::new(RESERVED).identifier(class.name)
    );
    let mut methods = String::new();
    let mut names = Names::new(RESERVED);
    for method in class.methods {
        let identifier = names.identifier(method.name.as_str());
        write_method(&mut code, &mut methods, &mut types, &identifier, method);
    }
    let _ = write!(
        code,
        "\n/// Calls class {} on one object.\n#[derive(Debug)]\npub struct {name}(Target);\n\n\
         impl {name} {{\n    \
         /// A client for object `oid` of an I/O context of librados.\n    \
         ///\n    \
         /// # Safety\n    \
         /// `io` must be a `rados_ioctx_t` that is open for as long as the client is used.\n    \
         pub unsafe fn new(io: *mut c_void, oid: &str) -> Result<Self, std::ffi::NulError> {{\n        \
         Ok(Self(Target {{ io, oid: CString::new(oid)?, class: {} }}))\n    }}\n{methods}}}\n",
        comment(class.name),
        literal(class.name),
    );
    code
}

fn write_method(
    code: &mut String,
    methods: &mut String,
    types: &mut Names,
    identifier: &str,
    method: &Method,
) {
    let mut side = |text: &Option<String>, side: &str| match text.as_deref().and_then(Side::of) {
        None | Some(Side::Json) => None,
        Some(Side::Wire(schema, id)) => {
            let name = format!("{}{side}", camel(identifier));
            Some(declare(code, types, &schema, id, &name))
        }
    };
    let input = side(&method.input, "Input");
    let output = side(&method.output, "Output");
    let takes = input.as_deref().unwrap_or("[u8]");
    let answers = output.as_deref().unwrap_or("Vec<u8>");
    let encode = if input.is_some() {
        "&encoded(input)?"
    } else {
        "input"
    };
    let call = format!("self.0.call({}, {encode})", literal(method.name.as_str()));
    let body = if output.is_some() {
        format!("decoded(&{call}?)")
    } else {
        call
    };
    let _ = write!(
        methods,
        "\n    /// {}\n    ///\n    /// `{}`, input `{}`, answer `{}`.\n    \
         pub fn {identifier}(&self, input: &{takes}) -> Result<{answers}, Error> {{\n        {body}\n    }}\n",
        comment(method.doc.as_deref().unwrap_or(method.name.as_str())),
        method.flags,
        comment(method.input.as_deref().unwrap_or("bytes")),
        comment(method.output.as_deref().unwrap_or("bytes")),
    );
}

/// The type in Rust; its structs are written first. `name` is the one it gets if it is one.
fn declare(
    code: &mut String,
    types: &mut Names,
    schema: &Schema,
    id: TypeId,
    name: &str,
) -> String {
    let mut within = |of, part: &str| declare(code, types, schema, of, &format!("{name}{part}"));
    match schema.node(id) {
        Node::Int(int) => int.name().to_owned(),
        Node::Varint => "Varint".to_owned(),
        Node::Svarint => "Svarint".to_owned(),
        Node::Bool => "bool".to_owned(),
        Node::Str => "Bytes".to_owned(),
        Node::Time => "Time".to_owned(),
        Node::Addr => "Addr".to_owned(),
        Node::List(of) => format!("Vec<{}>", within(of, "Item")),
        Node::Optional(of) => format!("Option<{}>", within(of, "Value")),
        Node::Map(key, value) => {
            let key = within(key, "Key");
            format!("BTreeMap<{key}, {}>", within(value, "Value"))
        }
        Node::Record(record) => {
            let mut names = Names::new(RESERVED);
            let mut fields = String::new();
            for id in record.fields() {
                let field = schema.field(id);
                let of = within(field.ty, &camel(&field.name));
                let field_name = names.identifier(&field.name);
                let _ = writeln!(fields, "    {field_name}: {of}, {};", field.since);
            }
            let head = record.head.map_or_else(String::new, |head| {
                format!("{} {}", head.version, head.compat)
            });
            let name = types.identifier(name);
            let _ = write!(code, "\nrecord! {{ {name} ({head}) {{\n{fields}}} }}\n");
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_author_writes_leaves_its_literal_or_comment() {
        assert_eq!(literal("a\"\\\n\u{e9}"), r#"c"a\"\\\n\xc3\xa9""#);
        assert_eq!(comment("a\nb \u{202e}"), "a?b ?");
    }
}
