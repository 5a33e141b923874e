//! From descriptions to compiled types.

use std::fmt;

use crate::schema::{
    Facts, Field, Head, Int, MAX_DEPTH, MAX_NODES, MAX_TEXT, Node, Record, Schema, TypeId,
};

/// Longest name of a type or a field.
const MAX_NAME: usize = 64;

/// A description that is no type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// The type that was to be defined, if it has a name.
    pub name: String,
    /// Where in its description, in bytes from 1.
    pub at: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, at, what } = self;
        write!(f, "type {name}, character {at}: {what}")
    }
}

impl std::error::Error for TypeError {}

/// The types that need no definition.
pub(crate) fn built_in(schema: &mut Schema) {
    let plain = [
        ("u8", Node::Int(Int::U8)),
        ("u16", Node::Int(Int::U16)),
        ("u32", Node::Int(Int::U32)),
        ("u64", Node::Int(Int::U64)),
        ("i8", Node::Int(Int::I8)),
        ("i16", Node::Int(Int::I16)),
        ("i32", Node::Int(Int::I32)),
        ("i64", Node::Int(Int::I64)),
        ("varint", Node::Varint),
        ("svarint", Node::Svarint),
        ("bool", Node::Bool),
        ("str", Node::Str),
        ("time", Node::Time),
        ("addr", Node::Addr),
    ];
    let mut parser = Parser::new(schema, &[], "", "");
    for (name, node) in plain {
        if let Ok(id) = parser.push(node) {
            parser.schema.names.insert(name.to_owned(), id);
            parser.schema.shown.insert(id.0, name.to_owned());
        }
    }
    for (name, text) in [
        ("name", "(type:u8 num:i64)"),
        (
            "hobject",
            "{4 3| key:str oid:str snap:u64 hash:u32 max:bool nspace:str@4 pool:i64@4}",
        ),
    ] {
        if let Ok(id) = Parser::new(schema, &[], name, text).whole() {
            schema.names.insert(name.to_owned(), id);
            schema.shown.insert(id.0, name.to_owned());
        }
    }
    schema.text = 0;
}

/// Defines all of `types`; those made so far stand in `made`.
pub(crate) fn define(
    schema: &mut Schema,
    types: &[(&str, &str)],
    made: &mut Vec<(String, TypeId)>,
) -> Result<(), TypeError> {
    for &(name, text) in types {
        let refuse = |what: String| TypeError {
            name: cut(name),
            at: 1,
            what,
        };
        if !is_name(name) {
            return Err(refuse(format!(
                "the name is not 1 to {MAX_NAME} letters, digits and _, the first no digit"
            )));
        }
        if schema.named(name).is_some_and(|id| id.0 < Schema::FIRST) {
            return Err(refuse("the name is that of a built-in type".to_owned()));
        }
        if made.iter().any(|(other, _)| other == name) {
            return Err(refuse("the name is defined twice".to_owned()));
        }
        charge(schema, name, name.len() + text.len())?;
        let id = Parser::new(schema, made, name, text).whole()?;
        made.push((name.to_owned(), id));
    }
    Ok(())
}

/// The type of a description without a name.
pub(crate) fn anonymous(schema: &mut Schema, text: &str) -> Result<TypeId, TypeError> {
    charge(schema, "value", text.len())?;
    Parser::new(schema, &[], "value", text).whole()
}

impl Schema {
    /// Types below this position are built in: 14 plain ones, then those of `name` and `hobject`.
    const FIRST: u32 = 16;
}

fn charge(schema: &mut Schema, name: &str, bytes: usize) -> Result<(), TypeError> {
    schema.text = schema.text.saturating_add(bytes);
    if schema.text > MAX_TEXT {
        return Err(TypeError {
            name: cut(name),
            at: 1,
            what: format!("the descriptions of a class are longer than {MAX_TEXT} bytes"),
        });
    }
    Ok(())
}

fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX_NAME
        && bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

struct Parser<'p> {
    schema: &'p mut Schema,
    made: &'p [(String, TypeId)],
    name: &'p str,
    text: &'p str,
    at: usize,
}

type Parsed<T> = Result<T, TypeError>;

impl<'p> Parser<'p> {
    fn new(
        schema: &'p mut Schema,
        made: &'p [(String, TypeId)],
        name: &'p str,
        text: &'p str,
    ) -> Self {
        Self {
            schema,
            made,
            name,
            text,
            at: 0,
        }
    }

    fn whole(mut self) -> Parsed<TypeId> {
        let id = self.ty(0)?;
        self.blanks();
        if self.at < self.text.len() {
            return self.refuse("something follows the type");
        }
        // A name for a type that has one already is a type of its own, so that messages say the new name.
        let node = self.schema.node(id);
        if (id.0 as usize) + 1 == self.schema.nodes.len() {
            Ok(id)
        } else {
            self.push(node)
        }
    }

    fn refuse<T>(&self, what: impl Into<String>) -> Parsed<T> {
        Err(TypeError {
            name: self.name.to_owned(),
            at: self.at + 1,
            what: what.into(),
        })
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Parsed<()> {
        if self.take(byte) {
            Ok(())
        } else {
            self.refuse(format!("'{}' is expected", char::from(byte)))
        }
    }

    /// Letters, digits and `_`.
    fn word(&mut self) -> &'p str {
        self.blanks();
        let text = self.text;
        let rest = &text[self.at..];
        let length = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        self.at += length;
        &rest[..length]
    }

    fn number(&mut self) -> Parsed<u8> {
        let word = self.word();
        match word.parse() {
            Ok(number) if word.bytes().all(|b| b.is_ascii_digit()) => Ok(number),
            _ => {
                self.at -= word.len();
                self.refuse("a version from 0 to 255 is expected")
            }
        }
    }

    /// `depth` bounds the recursion of the parser itself; that of the type counts what names stand for as well.
    fn ty(&mut self, depth: u8) -> Parsed<TypeId> {
        if depth >= MAX_DEPTH {
            return self.refuse(format!("types are nested more than {MAX_DEPTH} deep"));
        }
        let Some(first) = self.peek() else {
            return self.refuse("a type is expected");
        };
        match first {
            b'[' => {
                self.at += 1;
                let of = self.ty(depth + 1)?;
                self.expect(b']')?;
                self.must_take_bytes(&[of], "an element")?;
                self.push(Node::List(of))
            }
            b'?' => {
                self.at += 1;
                let of = self.ty(depth + 1)?;
                self.push(Node::Optional(of))
            }
            b'(' => {
                self.at += 1;
                let fields = self.fields(b')', None, depth)?;
                self.record(None, fields)
            }
            b'{' => {
                self.at += 1;
                let version = self.number()?;
                let compat = self.number()?;
                if compat > version || version == 0 {
                    return self.refuse(
                        "a struct is {v c| …} with a version v of at least 1 and of at least c",
                    );
                }
                let head = Head { version, compat };
                self.expect(b'|')?;
                let fields = self.fields(b'}', Some(head), depth)?;
                self.record(Some(head), fields)
            }
            _ => {
                let start = self.at;
                let word = self.word();
                if word == "map" && self.take(b'(') {
                    let key = self.ty(depth + 1)?;
                    self.expect(b',')?;
                    let value = self.ty(depth + 1)?;
                    self.expect(b')')?;
                    self.must_take_bytes(&[key, value], "an entry")?;
                    return self.push(Node::Map(key, value));
                }
                let known = self
                    .made
                    .iter()
                    .find(|(name, _)| name == word)
                    .map(|(_, id)| *id)
                    .or_else(|| self.schema.named(word));
                match known {
                    Some(id) => Ok(id),
                    None => {
                        self.at = start;
                        if word.is_empty() {
                            self.refuse("a type is expected")
                        } else {
                            self.refuse(format!("there is no type {}", cut(word)))
                        }
                    }
                }
            }
        }
    }

    /// Elements without bytes could be any number.
    fn must_take_bytes(&self, ids: &[TypeId], what: &str) -> Parsed<()> {
        let least = |id: &TypeId| self.schema.facts[id.0 as usize].least;
        if ids.iter().all(|id| least(id) == 0) {
            return self.refuse(format!("{what} must take at least one byte"));
        }
        Ok(())
    }

    fn fields(&mut self, close: u8, head: Option<Head>, depth: u8) -> Parsed<Vec<Field>> {
        let mut fields: Vec<Field> = Vec::new();
        while !self.take(close) {
            let start = self.at;
            let name = self.word();
            if !is_name(name) {
                self.at = start;
                return self.refuse(format!(
                    "a field or '{}' is expected; a field is name:type",
                    char::from(close)
                ));
            }
            if fields.iter().any(|field| &*field.name == name) {
                self.at = start;
                return self.refuse(format!("there are two fields {name}"));
            }
            self.expect(b':')?;
            let ty = self.ty(depth + 1)?;
            let since = if self.take(b'@') {
                let since = self.number()?;
                match head {
                    Some(head) if since <= head.version => since,
                    Some(head) => {
                        return self.refuse(format!(
                            "the struct has version {}, and this field begins with {since}",
                            head.version
                        ));
                    }
                    None => return self.refuse("only fields of {v c| …} have versions"),
                }
            } else {
                0
            };
            fields.push(Field {
                name: name.into(),
                ty,
                since,
            });
            if self.schema.fields.len() + fields.len() > MAX_NODES {
                return self.refuse(format!("a class has more than {MAX_NODES} fields"));
            }
        }
        Ok(fields)
    }

    fn record(&mut self, head: Option<Head>, fields: Vec<Field>) -> Parsed<TypeId> {
        let index = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let record = Record {
            head,
            first: index(self.schema.fields.len()),
            count: index(fields.len()),
        };
        if self.schema.fields.len() + fields.len() > MAX_NODES {
            return self.refuse(format!("a class has more than {MAX_NODES} fields"));
        }
        self.schema.fields.extend(fields);
        self.push(Node::Record(record))
    }

    fn push(&mut self, node: Node) -> Parsed<TypeId> {
        let facts = |id: TypeId| self.schema.facts[id.0 as usize];
        let (least, inner) = match node {
            Node::Int(int) => (u32::try_from(int.width()).unwrap_or(8), 0),
            Node::Varint | Node::Svarint | Node::Bool => (1, 0),
            Node::Str => (4, 0),
            Node::Time => (8, 0),
            // A marker and the smallest versioned struct.
            Node::Addr => (19, 0),
            Node::List(of) => (4, facts(of).depth),
            Node::Map(key, value) => (4, facts(key).depth.max(facts(value).depth)),
            Node::Optional(of) => (1, facts(of).depth),
            Node::Record(record) => {
                let mut least = if record.head.is_some() { 6 } else { 0_u32 };
                let mut inner = 0;
                for id in record.fields() {
                    let field = self.schema.field(id);
                    if field.since == 0 {
                        least = least.saturating_add(facts(field.ty).least);
                    }
                    inner = inner.max(facts(field.ty).depth);
                }
                (least, inner)
            }
        };
        if inner >= MAX_DEPTH {
            return self.refuse(format!("types are nested more than {MAX_DEPTH} deep"));
        }
        if self.schema.nodes.len() >= MAX_NODES {
            return self.refuse(format!("a class has more than {MAX_NODES} types"));
        }
        let id = TypeId(u32::try_from(self.schema.nodes.len()).unwrap_or(u32::MAX));
        self.schema.nodes.push(node);
        self.schema.facts.push(Facts {
            least,
            depth: inner + 1,
        });
        Ok(id)
    }
}
