//! A client in C, for librados: a header that needs no other file.

mod structs;

use std::fmt::Write as _;

use radula::runtime::Method;

use super::{Described, names::Names};
use crate::types::Side;
use structs::{Type, Writer};

/// How values become bytes: the same in every client, and once in a program that has several.
const CODEC: &str = include_str!("client.h");

/// A string as a literal, in printable ASCII.
fn literal(text: &str) -> String {
    let mut literal = String::from('"');
    for byte in text.bytes() {
        let _ = match byte {
            b'"' | b'\\' => write!(literal, "\\{}", char::from(byte)),
            b' '..=b'~' if byte != b'?' => write!(literal, "{}", char::from(byte)),
            // Three digits: what follows cannot be read as one more.
            _ => write!(literal, "\\{byte:03o}"),
        };
    }
    literal.push('"');
    literal
}

/// A sentence that stays within its comment.
fn comment(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
        .collect();
    text.replace("*/", "* /").replace("/*", "/ *")
}

/// The code for a class.
pub(super) fn code(class: Described<'_>) -> String {
    let prefix = Names::new(&[]).identifier(class.name);
    let mut code = format!(
        "/* A client of object class {}, written by `radula class stub {0} --lang c`.\n\n   \
         Each method is a function that answers 0 or a negative error number. `output` may be NULL; what it holds\n   \
         belongs to `memory`. Fields that are left 0 are written as 0, empty or absent; maps are written as they stand, and belong in\n   \
         ascending order of their keys. */\n{CODEC}",
        comment(class.name)
    );
    let mut names = Names::new(&[]);
    for method in class.methods {
        let name = names.identifier(&format!("{prefix}_{}", method.name));
        write_method(&mut code, class.name, &name, method);
    }
    code
}

fn write_method(code: &mut String, class: &str, name: &str, method: &Method) {
    let mut side = |text: &Option<String>, side: &str| {
        let bytes = Type::plain("struct radula_bytes", "str");
        match text.as_deref().and_then(Side::of) {
            None | Some(Side::Json) => (bytes, false),
            Some(Side::Wire(schema, id)) => {
                let mut names = Names::new(&[]);
                let mut writer = Writer {
                    schema: &schema,
                    names: &mut names,
                    code,
                };
                (writer.declare(id, &format!("{name}_{side}")), true)
            }
        }
    };
    let (input, encodes) = side(&method.input, "input");
    let (output, decodes) = side(&method.output, "output");
    let encode = if encodes {
        format!("  if (input) {}(&out, input);\n", input.put)
    } else {
        "  if (input) radula_write(&out, input->data, input->len);\n".to_owned()
    };
    let decode = if decodes {
        format!(
            "  memset(output, 0, sizeof *output);\n  if (ret || in.at == in.end) return ret;\n  {}(&in, output);\n  return in.failed;\n",
            output.get
        )
    } else {
        "  output->data = in.at;\n  output->len = (size_t)(in.end - in.at);\n  return ret;\n"
            .to_owned()
    };
    let _ = write!(
        code,
        "\n/* {doc} ({flags}) Input: {takes}. Answer: {answers}. */\n\
         static inline int {name}(rados_ioctx_t io, const char *oid, const {input} *input, {output} *output,\n    \
         struct radula_memory *memory) {{\n  \
         struct radula_out out = {{NULL, 0, 0, 0}};\n  \
         struct radula_in in = {{NULL, NULL, memory, 0}};\n\
         {encode}  \
         int ret = radula_call(io, oid, {class}, {method}, &out, output ? &in : NULL);\n  \
         if (!output) return ret;\n\
         {decode}}}\n",
        doc = comment(method.doc.as_deref().unwrap_or(method.name.as_str())),
        flags = method.flags,
        takes = comment(method.input.as_deref().unwrap_or("bytes")),
        answers = comment(method.output.as_deref().unwrap_or("bytes")),
        input = input.declared,
        output = output.declared,
        class = literal(class),
        method = literal(method.name.as_str()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_author_writes_leaves_its_literal_or_comment() {
        assert_eq!(literal("a\"\\\n1?é"), r#""a\"\\\0121\077\303\251""#);
        assert_eq!(comment("a */ b /* c \u{202e}"), "a * / b / * c ?");
    }
}
