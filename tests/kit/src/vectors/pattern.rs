//! Bytes with parts that differ from run to run.

use std::{collections::HashMap, fmt};

use super::{script, totp};

/// What the caller's parts are in this run, once an answer had them.
#[derive(Debug, Default)]
pub(super) struct Bindings(HashMap<&'static str, Vec<u8>>);

/// The names of the caller's parts, with their lengths.
const PARTS: [(&str, usize); 3] = [("CLIENT", 8), ("NONC", 4), ("ADDR", 16)];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    Of(&'static str, usize),
    Skip(usize),
    Digits,
    Rest,
    Totp(i64),
}

/// Bytes as a recording writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    text: String,
}

impl Pattern {
    /// Exactly the bytes of a name, but for `[d]`.
    pub(super) fn of_name(text: &str) -> Self {
        let parts = match text.strip_suffix("[d]") {
            Some(start) => vec![Part::Bytes(script::unname(start)), Part::Digits],
            None => vec![Part::Bytes(script::unname(text))],
        };
        Self {
            parts,
            text: text.to_owned(),
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        let (mut parts, mut rest) = (Vec::new(), text);
        while !rest.is_empty() && text != "-" {
            rest = next(rest, &mut parts);
        }
        Self {
            parts,
            text: text.to_owned(),
        }
    }

    /// The bytes as an input.
    ///
    /// # Panics
    /// When a part is not known.
    pub(super) fn bytes(&self, known: &Bindings) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            match part {
                Part::Bytes(these) => bytes.extend(these),
                Part::Of(name, _) => bytes.extend(
                    known
                        .0
                        .get(name)
                        .unwrap_or_else(|| panic!("no answer before {} had {name}", self.text)),
                ),
                Part::Totp(offset) => bytes.extend(totp::password(*offset)),
                other => panic!("{other:?} in an input: {}", self.text),
            }
        }
        bytes
    }

    /// Whether these are the bytes. Parts of the caller that were not known become so.
    pub(super) fn matches(&self, bytes: &[u8], known: &mut Bindings) -> bool {
        let mut rest = bytes;
        for part in &self.parts {
            let length = match part {
                Part::Bytes(these) => these.len(),
                Part::Of(_, length) | Part::Skip(length) => *length,
                Part::Digits => rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
                    .count()
                    .max(1),
                Part::Rest => rest.len().max(1),
                Part::Totp(_) => 6,
            };
            let Some((these, after)) = rest.split_at_checked(length) else {
                return false;
            };
            let equal = match part {
                Part::Bytes(want) => these == want,
                Part::Of(name, _) => these == known.0.entry(name).or_insert_with(|| these.to_vec()),
                Part::Digits => these[0].is_ascii_digit(),
                Part::Skip(_) | Part::Rest | Part::Totp(_) => true,
            };
            if !equal {
                return false;
            }
            rest = after;
        }
        rest.is_empty()
    }

    /// Whether it ends with bytes that must be equal.
    pub(super) fn is_exact_to_the_end(&self) -> bool {
        matches!(self.parts.last(), None | Some(Part::Bytes(_)))
    }

    /// How many bytes it has when nothing in it is of free length.
    pub(super) fn shortest(&self) -> usize {
        let length = |part: &Part| match part {
            Part::Bytes(these) => these.len(),
            Part::Of(_, length) | Part::Skip(length) => *length,
            Part::Digits | Part::Rest => 1,
            Part::Totp(_) => 6,
        };
        self.parts.iter().map(length).sum()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes one part off the text.
fn next<'a>(text: &'a str, parts: &mut Vec<Part>) -> &'a str {
    for (name, length) in PARTS {
        if let Some(rest) = text.strip_prefix(name) {
            parts.push(Part::Of(name, length));
            return rest;
        }
    }
    if let Some((inside, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        parts.push(match inside {
            "d" => Part::Digits,
            "*" => Part::Rest,
            length => Part::Skip(length.parse().expect("a number in brackets")),
        });
        return rest;
    }
    if let Some((offset, rest)) = text
        .strip_prefix("{TOTP")
        .and_then(|text| text.split_once('}'))
    {
        parts.push(Part::Totp(
            offset.parse().expect("a number of half minutes"),
        ));
        return rest;
    }
    let end = text
        .find(|c: char| !matches!(c, '0'..='9' | 'a'..='f'))
        .unwrap_or(text.len());
    assert!(end > 0, "not bytes: {text}");
    parts.push(Part::Bytes(script::unhex(&text[..end])));
    &text[end..]
}
