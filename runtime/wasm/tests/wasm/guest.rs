//! Guests for tests, written as core modules and given the world of `wit/`.

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The component of a core module that exports and imports the world's functions under their canonical names.
pub(crate) fn component_from_core(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut resolve = Resolve::default();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/objclass.wit");
    let wit = include_str!("../../../../wit/objclass.wit");
    let package = resolve.push_str(path, wit).unwrap();
    let world = resolve
        .select_world(&[package], Some("object-class"))
        .unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap()
        .encode()
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// Every import of the world, a bump allocator, and helpers to answer. Static data of tests lies from 1024 to 4096, answers
/// of imports at 512.
const PRELUDE: &str = include_str!("guest/prelude.wat");

/// A guest with methods whose bodies are given.
#[derive(Default)]
pub(crate) struct Guest {
    methods: Vec<(String, u8, String)>,
    more: String,
    pages: u32,
}

impl Guest {
    pub(crate) fn new() -> Self {
        Self {
            pages: 2,
            ..Self::default()
        }
    }

    /// Adds a method. The body has `$in` and `$len`, the input, and leaves the address of a result.
    pub(crate) fn method(mut self, name: &str, access: &str, body: &str) -> Self {
        let bits = u8::from(access.contains('r')) | u8::from(access.contains('w')) << 1;
        self.methods.push((name.into(), bits, body.into()));
        self
    }

    /// Adds to the module: functions, globals, data.
    pub(crate) fn with(mut self, text: &str) -> Self {
        self.more.push_str(text);
        self
    }

    /// Pages of memory at the start.
    pub(crate) fn pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// The core module.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("(module $guest\n{PRELUDE}\n");
        writeln!(text, "(memory (export \"memory\") {})", self.pages).unwrap();
        // The list of methods from 4096 on: records of 20 bytes, then the names.
        let (mut records, mut names) = (String::new(), String::new());
        let mut at = 4096 + 20 * self.methods.len();
        for (name, bits, _) in &self.methods {
            for word in [at, name.len(), usize::from(*bits), 0, 0] {
                for byte in u32::try_from(word).unwrap().to_le_bytes() {
                    write!(records, "\\{byte:02x}").unwrap();
                }
            }
            at += name.len();
            names.push_str(name);
        }
        assert!(at < 8192, "too many methods for this test kit");
        writeln!(text, "(data (i32.const 4096) \"{records}{names}\")").unwrap();
        writeln!(
            text,
            "(func (export \"methods\") (result i32)
               (i32.store (i32.const 500) (i32.const 4096))
               (i32.store (i32.const 504) (i32.const {}))
               (i32.const 500))",
            self.methods.len()
        )
        .unwrap();
        for (index, (name, _, body)) in self.methods.iter().enumerate() {
            writeln!(
                text,
                "(func ${name} (type $method) (param $in i32) (param $len i32) (result i32)\n{body})
                 (elem (i32.const {index}) ${name})"
            )
            .unwrap();
        }
        writeln!(
            text,
            "(table {} funcref)
             (func (export \"call\") (param $index i32) (param $in i32) (param $len i32) (result i32)
               (call_indirect (type $method) (local.get $in) (local.get $len) (local.get $index)))
             {})",
            self.methods.len(),
            self.more
        )
        .unwrap();
        text
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        component_from_core(&self.text())
    }
}

/// A guest whose one method, `run`, has this body.
pub(crate) fn run(access: &str, body: &str) -> Vec<u8> {
    Guest::new().method("run", access, body).component()
}
