//! Compiled types.

use std::collections::HashMap;

/// Deepest nesting of types: decoding recurses as deep.
pub const MAX_DEPTH: u8 = 32;

/// Most nodes and fields of a schema, each.
pub const MAX_NODES: usize = 4096;

/// Most bytes of names and descriptions a schema takes.
pub const MAX_TEXT: usize = 64 << 10;

/// Longest description of a type with every name resolved, in bytes.
pub const MAX_WRITTEN: usize = 16 << 10;

/// A type of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// Its position among the types.
    #[must_use]
    pub fn index(self) -> u32 {
        self.0
    }
}

/// A field of a [`Schema`]; fields of all structs are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldId(pub(crate) u32);

impl FieldId {
    /// Key of an entry of a map whose keys are no strings.
    pub const KEY: FieldId = FieldId(0);
    /// Value of such an entry.
    pub const VALUE: FieldId = FieldId(1);
    /// Type of an address.
    pub const TYPE: FieldId = FieldId(2);
    /// Nonce of an address.
    pub const NONCE: FieldId = FieldId(3);
    /// The socket address in an address.
    pub const SOCKADDR: FieldId = FieldId(4);

    /// Its position among the fields.
    #[must_use]
    pub fn index(self) -> u32 {
        self.0
    }
}

/// Names of the fields that no description names.
pub(crate) const BUILT_IN: [&str; 5] = ["key", "value", "type", "nonce", "sockaddr"];

/// An integer of fixed width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Int {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
}

impl Int {
    /// Its bytes.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Int::U8 | Int::I8 => 1,
            Int::U16 | Int::I16 => 2,
            Int::U32 | Int::I32 => 4,
            Int::U64 | Int::I64 => 8,
        }
    }

    /// Its name in descriptions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Int::U8 => "u8",
            Int::U16 => "u16",
            Int::U32 => "u32",
            Int::U64 => "u64",
            Int::I8 => "i8",
            Int::I16 => "i16",
            Int::I32 => "i32",
            Int::I64 => "i64",
        }
    }

    /// Whether it holds `value`. A `u64` is any 64 bits.
    #[must_use]
    pub fn holds(self, value: i64) -> bool {
        match self {
            Int::U8 => u8::try_from(value).is_ok(),
            Int::U16 => u16::try_from(value).is_ok(),
            Int::U32 => u32::try_from(value).is_ok(),
            Int::I8 => i8::try_from(value).is_ok(),
            Int::I16 => i16::try_from(value).is_ok(),
            Int::I32 => i32::try_from(value).is_ok(),
            Int::U64 | Int::I64 => true,
        }
    }
}

/// Version and compatible version a struct is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What is written, and the newest a reader of this type knows.
    pub version: u8,
    /// The oldest reader that understands what is written.
    pub compat: u8,
}

/// Fields in a row, with or without a versioned head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The head, of `{v c| …}`.
    pub head: Option<Head>,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Record {
    /// How many fields it has.
    #[must_use]
    pub fn len(self) -> u32 {
        self.count
    }

    /// Whether it has no fields.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Its fields in order.
    pub fn fields(self) -> impl Iterator<Item = FieldId> {
        (self.first..self.first + self.count).map(FieldId)
    }
}

/// One type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// An integer.
    Int(Int),
    /// An integer of seven bits a byte.
    Varint,
    /// The same with a sign in the lowest bit.
    Svarint,
    /// A truth value.
    Bool,
    /// Bytes behind their length.
    Str,
    /// Seconds and nanoseconds; the value is nanoseconds.
    Time,
    /// An address in either form.
    Addr,
    /// A count and elements.
    List(TypeId),
    /// A count, and keys and values in turn.
    Map(TypeId, TypeId),
    /// A value or none.
    Optional(TypeId),
    /// Fields.
    Record(Record),
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub ty: TypeId,
    /// The version from which on it is there.
    pub since: u8,
}

/// What is known of a node once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// Fewest bytes a value takes.
    pub(crate) least: u32,
    /// Types nested in it, with itself.
    pub(crate) depth: u8,
}

/// Types, defined once and used many times.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) nodes: Vec<Node>,
    pub(crate) facts: Vec<Facts>,
    pub(crate) fields: Vec<Field>,
    pub(crate) names: HashMap<String, TypeId>,
    /// Names by type, for what is shown.
    pub(crate) shown: HashMap<u32, String>,
    pub(crate) text: usize,
}

impl Schema {
    /// The type last defined with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// The type at a position, if there is one.
    #[must_use]
    pub fn at(&self, index: u32) -> Option<TypeId> {
        ((index as usize) < self.nodes.len()).then_some(TypeId(index))
    }

    /// What a type is.
    #[must_use]
    pub fn node(&self, id: TypeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Fewest bytes a value of a type takes.
    #[must_use]
    pub fn least(&self, id: TypeId) -> u32 {
        self.facts[id.0 as usize].least
    }

    /// The name a type was first defined with, for messages: `value` for one without.
    #[must_use]
    pub fn name(&self, id: TypeId) -> &str {
        self.shown.get(&id.0).map_or("value", String::as_str)
    }

    /// A field.
    #[must_use]
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.0 as usize]
    }

    /// The field at a position, if there is one.
    #[must_use]
    pub fn field_at(&self, index: u32) -> Option<FieldId> {
        (index < self.field_count()).then_some(FieldId(index))
    }

    /// How many fields there are.
    #[must_use]
    pub fn field_count(&self) -> u32 {
        u32::try_from(self.fields.len()).unwrap_or(u32::MAX)
    }

    /// Bytes it occupies, about: for accounts of memory.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + size_of::<Facts>())
            + self.fields.len() * size_of::<Field>()
            + 3 * self.text
    }

    /// The description of a type, with every name in it resolved: what a reader of the wire needs. None when it is longer
    /// than [`MAX_WRITTEN`]: a type can double its text with each name.
    #[must_use]
    pub fn describe_type(&self, id: TypeId) -> Option<String> {
        let mut text = String::new();
        self.write(id, &mut text);
        (text.len() <= MAX_WRITTEN).then_some(text)
    }

    fn write(&self, id: TypeId, text: &mut String) {
        use std::fmt::Write as _;
        if text.len() > MAX_WRITTEN {
            return;
        }
        match self.node(id) {
            Node::Int(int) => text.push_str(int.name()),
            Node::Varint => text.push_str("varint"),
            Node::Svarint => text.push_str("svarint"),
            Node::Bool => text.push_str("bool"),
            Node::Str => text.push_str("str"),
            Node::Time => text.push_str("time"),
            Node::Addr => text.push_str("addr"),
            Node::List(of) => {
                text.push('[');
                self.write(of, text);
                text.push(']');
            }
            Node::Map(key, value) => {
                text.push_str("map(");
                self.write(key, text);
                text.push_str(", ");
                self.write(value, text);
                text.push(')');
            }
            Node::Optional(of) => {
                text.push('?');
                self.write(of, text);
            }
            Node::Record(record) => {
                match record.head {
                    Some(head) => {
                        let _ = write!(text, "{{{} {}|", head.version, head.compat);
                    }
                    None => text.push('('),
                }
                for (at, field) in record.fields().enumerate() {
                    if at > 0 || record.head.is_some() {
                        text.push(' ');
                    }
                    let field = self.field(field);
                    text.push_str(&field.name);
                    text.push(':');
                    self.write(field.ty, text);
                    if field.since > 0 {
                        let _ = write!(text, "@{}", field.since);
                    }
                }
                text.push(if record.head.is_some() { '}' } else { ')' });
            }
        }
    }
}
