//! Bytes written down as a recipe, so that a case of megabytes is a line of text.

use serde::{Deserialize, Serialize};

/// Largest content a recipe may make: enough for every case, too little to hurt the harness.
const MAX_BYTES: usize = 256 << 20;

/// One ingredient: text, hex digits or a `u32` length prefix, repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Bytes as hex digits; blanks are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// A little-endian `u32`, as Ceph's encoding writes lengths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u32le: Option<u32>,
    /// How often; once when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// Whether `{n}` in the text stands for the number of the repetition, from 0.
    #[serde(default, skip_serializing_if = "is_false")]
    pub counted: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Content made of pieces, one after the other. In a case file either a plain string or an array of pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recipe {
    /// The text itself.
    Text(String),
    /// Piece by piece.
    Pieces(Vec<Piece>),
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe::Text(String::new())
    }
}

/// Why a recipe makes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRecipe {
    /// Not hex digits.
    #[error("{0:?} is not an even number of hex digits")]
    Hex(String),
    /// No or several of `text`, `hex` and `u32le` in one piece.
    #[error("a piece needs exactly one of text, hex and u32le")]
    Piece,
    /// More than the harness makes.
    #[error("the content is larger than {MAX_BYTES} bytes")]
    TooLarge,
}

impl Recipe {
    /// A recipe that makes exactly `bytes`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Recipe::Text(text.to_owned()),
            Err(_) => Recipe::Pieces(vec![Piece {
                hex: Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
                ..Piece::default()
            }]),
        }
    }

    /// Makes the content.
    ///
    /// # Errors
    /// [`BadRecipe`] when a piece is not well formed or the whole is too large.
    pub fn bytes(&self) -> Result<Vec<u8>, BadRecipe> {
        let pieces = match self {
            Recipe::Text(text) => return Ok(text.clone().into_bytes()),
            Recipe::Pieces(pieces) => pieces,
        };
        let mut content = Vec::new();
        for piece in pieces {
            let unit = piece.unit()?;
            let times = piece.times.unwrap_or(1);
            let fits = unit
                .len()
                .checked_mul(times)
                .is_some_and(|more| content.len() + more <= MAX_BYTES);
            if !fits {
                return Err(BadRecipe::TooLarge);
            }
            match &piece.text {
                Some(text) if piece.counted => (0..times).for_each(|number| {
                    content.extend_from_slice(text.replace("{n}", &number.to_string()).as_bytes());
                }),
                _ => content.extend_from_slice(&unit.repeat(times)),
            }
        }
        Ok(content)
    }
}

impl Piece {
    fn unit(&self) -> Result<Vec<u8>, BadRecipe> {
        match (&self.text, &self.hex, self.u32le) {
            (Some(text), None, None) => Ok(text.clone().into_bytes()),
            (None, Some(digits), None) => {
                from_hex(digits).ok_or_else(|| BadRecipe::Hex(digits.clone()))
            }
            (None, None, Some(number)) => Ok(number.to_le_bytes().to_vec()),
            _ => Err(BadRecipe::Piece),
        }
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        bytes.push(u8::from_str_radix(pair, 16).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, times: usize) -> Piece {
        Piece {
            text: Some(text.into()),
            times: Some(times),
            ..Piece::default()
        }
    }

    #[test]
    fn pieces_are_repeated_and_joined() {
        let tail = Piece {
            hex: Some("ff 00".into()),
            ..Piece::default()
        };
        let length = Piece {
            u32le: Some(258),
            ..Piece::default()
        };
        let recipe = Recipe::Pieces(vec![piece("[", 3), tail, length]);
        assert_eq!(recipe.bytes().unwrap(), b"[[[\xff\x00\x02\x01\x00\x00");
    }

    #[test]
    fn a_recipe_cannot_exhaust_the_harness() {
        assert_eq!(
            Recipe::Pieces(vec![piece("xx", usize::MAX)]).bytes(),
            Err(BadRecipe::TooLarge)
        );
        assert_eq!(
            Recipe::Pieces(vec![Piece::default()]).bytes(),
            Err(BadRecipe::Piece)
        );
        let odd = Piece {
            hex: Some("f".into()),
            ..Piece::default()
        };
        assert!(Recipe::Pieces(vec![odd]).bytes().is_err());
    }

    #[test]
    fn bytes_survive_the_way_through_a_recipe() {
        for bytes in [&b"plain"[..], b"\xff\xfe\0", b""] {
            assert_eq!(Recipe::of_bytes(bytes).bytes().unwrap(), bytes);
        }
    }
}
