//! Types as structs of C, with the functions that encode and decode them.

use std::fmt::Write as _;

use encoding::{Node, Record, Schema, TypeId};

use crate::commands::class::stub::names::Names;

/// What no field may be: keywords of C and C++, and names that are macros.
const RESERVED: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "asm",
    "auto",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "constexpr",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "not",
    "operator",
    "or",
    "private",
    "protected",
    "public",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typedef",
    "typename",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
    "xor",
    "RADULA_ROOM",
    "RADULA_STUB",
    "NULL",
];

/// A type in C: how it is declared, and how its two functions end (`radula_put_X`) or begin.
#[derive(Clone)]
pub(super) struct Type {
    pub(super) declared: String,
    pub(super) put: String,
    pub(super) get: String,
}

impl Type {
    pub(super) fn plain(declared: &str, name: &str) -> Type {
        Type {
            declared: declared.to_owned(),
            put: format!("radula_put_{name}"),
            get: format!("radula_get_{name}"),
        }
    }

    fn of_struct(name: &str) -> Type {
        Type {
            declared: format!("struct {name}"),
            put: format!("{name}_put"),
            get: format!("{name}_get"),
        }
    }
}

/// Writes the structs of a type, innermost first, and the functions that encode and decode them.
pub(super) struct Writer<'w> {
    pub(super) schema: &'w Schema,
    pub(super) names: &'w mut Names,
    pub(super) code: &'w mut String,
}

impl Writer<'_> {
    /// The type in C; `name` is the one of its struct, if it becomes one.
    pub(super) fn declare(&mut self, id: TypeId, name: &str) -> Type {
        match self.schema.node(id) {
            Node::Int(int) => {
                let sign = if int.name().starts_with('u') { "u" } else { "" };
                Type::plain(&format!("{sign}int{}_t", 8 * int.width()), int.name())
            }
            Node::Varint => Type::plain("uint64_t", "varint"),
            Node::Svarint => Type::plain("int64_t", "svarint"),
            Node::Bool => Type::plain("bool", "bool"),
            Node::Str => Type::plain("struct radula_bytes", "str"),
            Node::Time => Type::plain("uint64_t", "time"),
            Node::Addr => Type::plain("struct radula_addr", "addr"),
            Node::List(of) => {
                let item = self.declare(of, &format!("{name}_item"));
                self.counted(name, &item, self.schema.least(of))
            }
            Node::Map(key, value) => {
                let entry = format!("{name}_entry");
                let key_type = self.declare(key, &format!("{entry}_key"));
                let value_type = self.declare(value, &format!("{entry}_value"));
                let members = [("key", key_type, 0), ("value", value_type, 0)];
                let members = members.map(|(name, of, since)| (name.to_owned(), of, since));
                let item = self.fields(&entry, None, &members);
                let least = self
                    .schema
                    .least(key)
                    .saturating_add(self.schema.least(value));
                self.counted(name, &item, least)
            }
            Node::Optional(of) => {
                let of = self.declare(of, &format!("{name}_value"));
                self.optional(name, &of)
            }
            Node::Record(record) => self.record(record, name),
        }
    }

    fn record(&mut self, record: Record, name: &str) -> Type {
        let mut names = Names::new(RESERVED);
        let members: Vec<_> = record
            .fields()
            .map(|id| {
                let field = self.schema.field(id);
                let of = self.declare(field.ty, &format!("{name}_{}", field.name));
                (names.identifier(&field.name), of, field.since)
            })
            .collect();
        let head = record.head.map(|head| (head.version, head.compat));
        self.fields(name, head, &members)
    }

    /// Writes a struct and its functions.
    fn write(&mut self, name: &str, members: &str, put: &str, get: &str) -> Type {
        let name = self.names.identifier(name);
        let _ = write!(
            self.code,
            "\nstruct {name} {{\n{members}}};\n\n\
             static inline void {name}_put(struct radula_out *out, const struct {name} *value) {{\n{put}}}\n\n\
             static inline void {name}_get(struct radula_in *in, struct {name} *value) {{\n{get}}}\n"
        );
        Type::of_struct(&name)
    }

    fn fields(
        &mut self,
        name: &str,
        head: Option<(u8, u8)>,
        members: &[(String, Type, u8)],
    ) -> Type {
        let (mut declared, mut put, mut get) = (String::new(), String::new(), String::new());
        let reader = if head.is_some() { "&inner" } else { "in" };
        for (name, of, since) in members {
            let _ = writeln!(declared, "  {} {name};", of.declared);
            let _ = writeln!(put, "  {}(out, &value->{name});", of.put);
            let there = match (head, since) {
                (Some(_), 1..) => format!("if (version >= {since}) "),
                _ => String::new(),
            };
            let _ = writeln!(get, "  {there}{}({reader}, &value->{name});", of.get);
        }
        if members.is_empty() {
            declared.push_str("  char nothing;\n");
        }
        if let Some((version, compat)) = head {
            put = format!(
                "  size_t place = radula_begin(out, {version}, {compat});\n{put}  radula_end(out, place);\n"
            );
            get = format!(
                "  struct radula_in inner;\n  uint8_t version = radula_open(in, &inner, {version});\n{get}  \
                 (void)version;\n  if (inner.failed) in->failed = inner.failed;\n"
            );
        }
        put.push_str("  (void)out, (void)value;\n");
        get.push_str("  (void)in, (void)value;\n");
        self.write(name, &declared, &put, &get)
    }

    fn counted(&mut self, name: &str, item: &Type, least: u32) -> Type {
        let members = format!("  uint32_t count;\n  {} *items;\n", item.declared);
        let put = format!(
            "  radula_put_u32(out, &value->count);\n  \
             for (uint32_t at = 0; at < value->count; at++) {}(out, &value->items[at]);\n",
            item.put
        );
        let get = format!(
            "  value->items = ({of} *)radula_read_items(in, &value->count, sizeof({of}), {least});\n  \
             for (uint32_t at = 0; at < value->count && !in->failed; at++) {}(in, &value->items[at]);\n",
            item.get,
            of = item.declared,
        );
        self.write(name, &members, &put, &get)
    }

    fn optional(&mut self, name: &str, of: &Type) -> Type {
        let members = format!("  bool present;\n  {} value;\n", of.declared);
        let put = format!(
            "  radula_put_bool(out, &value->present);\n  if (value->present) {}(out, &value->value);\n",
            of.put
        );
        let get = format!(
            "  radula_get_bool(in, &value->present);\n  if (value->present) {}(in, &value->value);\n",
            of.get
        );
        self.write(name, &members, &put, &get)
    }
}
