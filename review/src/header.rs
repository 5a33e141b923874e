//! The header tags of a case in Lua or WebAssembly, and defaults where a reviewer's own file has none.
//!
//! | tag | meaning |
//! |---|---|
//! | `--@id NAME` | name in the report; the file name up to the first `_` otherwise |
//! | `--@kind WORD` | what it is after |
//! | `--@expect A\|B` | accepted outcomes; any controlled end otherwise |
//! | `--@pair ID` | script to run next in the same engine |
//! | `--@eval_handlers A B` | handler names to try through `eval_json` |
//! | `--@inputs A B` | inputs, one call each; `1..12` counts, `zeros:4194304` is a size |
//! | `--@shape WORD` | what the object is made before each call: `keys`, `removed`, `queue`, `values`, `pages`, `xattrs` |
//! | `--@flags r` | method flags to register `attack` with |
//! | `--@allow NAME ...` | names its output may list (may be repeated) |
//!
//! A WASM text has `;;@id`, `;;@kind`, `;;@expect`, and `;;@form component|core|guest|class|binary`.

use crate::{
    Accepted, Case, Family,
    case::{Body, Script},
    component::{Component, Form, UnknownForm},
    outcome::UnknownOutcome,
    recipe::{Piece, Recipe},
    shape::Shape,
};

/// Why a Lua file is no case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHeader {
    /// `@expect` names an unknown outcome.
    #[error("@expect: {0}")]
    Expect(#[source] UnknownOutcome),
    /// An input range or size that is none.
    #[error("@inputs: {0:?} is neither a text, nor FROM..TO, nor zeros:BYTES")]
    Inputs(String),
    /// A shape that is none.
    #[error("@shape: no shape {0:?}")]
    Shape(String),
    /// A form that is none.
    #[error("@form: {0}")]
    Form(#[from] UnknownForm),
}

/// A Lua case, and the id of its pair when it has one.
pub(crate) type Tagged = (Case, Option<String>);

/// What a WASM text has at the start of its comments, and what Lua has.
const WASM_COMMENT: &str = ";;";
const LUA_COMMENT: &str = "--";

/// Reads a case in Lua or in WebAssembly text (or bytes) from the bytes of `file`.
///
/// # Errors
/// [`BadHeader`] when a tag cannot be understood.
pub(crate) fn parse(family: Family, file: &str, bytes: &[u8]) -> Result<Tagged, BadHeader> {
    let is_wasm = family == Family::Wasm;
    let comment = if is_wasm { WASM_COMMENT } else { LUA_COMMENT };
    let mut form = if file.ends_with(".wasm") {
        Form::Binary
    } else {
        Form::Component
    };
    let (id, title) = from_file_name(file);
    let mut case = Case {
        id,
        family,
        kind: String::from("?"),
        title,
        expect: Accepted::any_controlled_end(),
        why: String::new(),
        file: file.to_owned(),
        body: Body::Script(Script::default()),
    };
    let mut script = Script {
        source: Recipe::of_bytes(bytes),
        ..Script::default()
    };
    let mut pair = None;
    let text = String::from_utf8_lossy(bytes);
    let mut why = Vec::new();
    let mut unknown_tags = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix(comment)) {
        let Some(tag) = line.strip_prefix('@') else {
            why.push(line.trim_start_matches(['-', ';']).trim());
            continue;
        };
        let (name, value) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let value = value.trim();
        let words = || value.split_whitespace().map(str::to_owned);
        match name {
            "id" => case.id = value.to_owned(),
            "kind" => case.kind = value.to_owned(),
            "expect" => case.expect = value.parse().map_err(BadHeader::Expect)?,
            "form" if is_wasm => form = value.parse()?,
            "pair" => pair = Some(value.to_owned()),
            "eval_handlers" => script.eval_handlers.extend(words()),
            "inputs" => script.inputs = inputs(value)?,
            "shape" => {
                let shape = Shape::ALL.into_iter().find(|shape| shape.word() == value);
                script.shape = Some(shape.ok_or_else(|| BadHeader::Shape(value.to_owned()))?);
            }
            "flags" => script.flags = Some(value.to_owned()),
            "allow" => script.allow.extend(words()),
            // Other harnesses have other tags; the reader of the report decides whether it matters.
            unknown => unknown_tags.push(unknown),
        }
    }
    case.why = why.join(" ");
    if !unknown_tags.is_empty() {
        let tags = unknown_tags.join(", @");
        case.why
            .push_str(&format!(" (tags without a meaning here: @{tags})"));
    }
    case.body = if is_wasm {
        Body::Component(Component {
            form,
            source: script.source,
        })
    } else {
        Body::Script(script)
    };
    Ok((case, pair))
}

/// `L006_cpu_pcall_swallow.lua` is case `L006`, which tries `cpu pcall swallow`.
fn from_file_name(file: &str) -> (String, String) {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    match stem.split_once('_') {
        Some((id, title)) => (id.to_owned(), title.replace('_', " ")),
        None => (stem.to_owned(), stem.to_owned()),
    }
}

fn inputs(value: &str) -> Result<Vec<Recipe>, BadHeader> {
    let bad = |word: &str| BadHeader::Inputs(word.to_owned());
    let mut inputs = Vec::new();
    for word in value.split_whitespace() {
        if let Some((from, to)) = word.split_once("..") {
            let from: u32 = from.parse().map_err(|_| bad(word))?;
            let to: u32 = to.parse().map_err(|_| bad(word))?;
            inputs.extend((from..=to).map(|number| Recipe::Text(number.to_string())));
        } else if let Some(size) = word.strip_prefix("zeros:") {
            let times = size.parse().map_err(|_| bad(word))?;
            let zeros = Piece {
                text: Some("0".into()),
                times: Some(times),
                ..Piece::default()
            };
            inputs.push(Recipe::Pieces(vec![zeros]));
        } else {
            inputs.push(Recipe::Text(word.to_owned()));
        }
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    fn script(case: &Case) -> &Script {
        match &case.body {
            Body::Script(script) => script,
            other => panic!("not a script: {other:?}"),
        }
    }

    #[test]
    fn tags_are_read_and_the_file_name_fills_the_gaps() {
        let text = b"--@kind cpu\n--@expect limit:cpu|refused\n--@pair L9\n-- MUST OBSERVE: it\n--   ends\n--@inputs 1..3 zeros:4\ncode()\n--@kind late\n";
        let (case, pair) = parse(Family::Lua, "x/L006_cpu_pcall_swallow.lua", text).unwrap();
        assert_eq!((case.id.as_str(), case.kind.as_str()), ("L006", "cpu"));
        assert_eq!(case.title, "cpu pcall swallow");
        assert_eq!(case.why, "MUST OBSERVE: it ends");
        assert_eq!(pair.as_deref(), Some("L9"));
        assert_eq!(script(&case).inputs.len(), 4);
        assert_eq!(script(&case).inputs[3].bytes().unwrap(), b"0000");
    }

    #[test]
    fn a_file_without_tags_may_end_in_any_controlled_way() {
        let (case, pair) = parse(Family::Lua, "mine.lua", b"while true do end").unwrap();
        assert_eq!((case.id.as_str(), pair), ("mine", None));
        assert!(case.expect.contains(Outcome::LimitCpu) && !case.expect.contains(Outcome::Hang));
    }

    #[test]
    fn a_value_that_is_not_understood_is_an_error_and_an_unknown_tag_is_named() {
        let (case, _) = parse(Family::Lua, "a.lua", b"--@expct ok\n").unwrap();
        assert!(case.why.contains("@expct"));
        assert!(parse(Family::Lua, "a.lua", b"--@expect fine\n").is_err());
        assert!(parse(Family::Lua, "a.lua", b"--@inputs 1..x\n").is_err());
    }
}
