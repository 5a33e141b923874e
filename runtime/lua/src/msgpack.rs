//! MessagePack as tokens, for scripts and for requests. Lengths are the sender's word: nothing is allocated for
//! them. Holds nothing on the heap, so that Lua errors may jump over it.

/// Deepest nesting accepted, reading and writing.
pub(crate) const MAX_DEPTH: usize = 64;

/// What is wrong with the bytes, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(crate) struct MsgpackError {
    pub(crate) what: &'static str,
    /// Byte offset, from 0.
    pub(crate) at: usize,
}

/// One token. The elements of an array, and the keys and values of a map in turn, follow it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'t> {
    /// nil
    Nil,
    /// true or false
    Bool(bool),
    /// An integer that fits.
    Integer(i64),
    /// A float, or an integer above the largest one of Lua.
    Float(f64),
    /// str or bin: bytes either way.
    Bytes(&'t [u8]),
    /// An array of so many elements.
    Array(usize),
    /// A map of so many pairs.
    Map(usize),
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether all was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Bytes not read yet.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error at the place the reader has reached.
    pub(crate) fn error(&self, what: &'static str) -> MsgpackError {
        MsgpackError { what, at: self.at }
    }

    /// The next token.
    pub(crate) fn token(&mut self) -> Result<Token<'t>, MsgpackError> {
        let start = self.at;
        let tag = self.fixed::<1>()?[0];
        Ok(match tag {
            0x00..=0x7f => Token::Integer(tag.into()),
            0x80..=0x8f => self.many(Token::Map, usize::from(tag & 0x0f), 2)?,
            0x90..=0x9f => self.many(Token::Array, usize::from(tag & 0x0f), 1)?,
            0xa0..=0xbf => Token::Bytes(self.take(usize::from(tag & 0x1f))?),
            0xc0 => Token::Nil,
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4 | 0xd9 => {
                let length = self.unsigned::<1>()?;
                Token::Bytes(self.take(length)?)
            }
            0xc5 | 0xda => {
                let length = self.unsigned::<2>()?;
                Token::Bytes(self.take(length)?)
            }
            0xc6 | 0xdb => {
                let length = self.unsigned::<4>()?;
                Token::Bytes(self.take(length)?)
            }
            0xca => Token::Float(f32::from_be_bytes(self.fixed()?).into()),
            0xcb => Token::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Token::Integer(self.fixed::<1>()?[0].into()),
            0xcd => Token::Integer(u16::from_be_bytes(self.fixed()?).into()),
            0xce => Token::Integer(u32::from_be_bytes(self.fixed()?).into()),
            0xcf => {
                let value = u64::from_be_bytes(self.fixed()?);
                match i64::try_from(value) {
                    Ok(value) => Token::Integer(value),
                    // Lua has no larger integers; lua-cmsgpack answers with a float too.
                    #[expect(clippy::cast_precision_loss, reason = "as lua-cmsgpack")]
                    Err(_) => Token::Float(value as f64),
                }
            }
            0xd0 => Token::Integer(i8::from_be_bytes(self.fixed()?).into()),
            0xd1 => Token::Integer(i16::from_be_bytes(self.fixed()?).into()),
            0xd2 => Token::Integer(i32::from_be_bytes(self.fixed()?).into()),
            0xd3 => Token::Integer(i64::from_be_bytes(self.fixed()?)),
            0xdc => {
                let count = self.unsigned::<2>()?;
                self.many(Token::Array, count, 1)?
            }
            0xdd => {
                let count = self.unsigned::<4>()?;
                self.many(Token::Array, count, 1)?
            }
            0xde => {
                let count = self.unsigned::<2>()?;
                self.many(Token::Map, count, 2)?
            }
            0xdf => {
                let count = self.unsigned::<4>()?;
                self.many(Token::Map, count, 2)?
            }
            0xe0..=0xff => Token::Integer(i8::from_be_bytes([tag]).into()),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(MsgpackError {
                    what: "extension types are not supported",
                    at: start,
                });
            }
        })
    }

    /// A header of a container: each element needs a byte at least, so a count beyond the rest is a lie.
    fn many(
        &self,
        token: fn(usize) -> Token<'t>,
        count: usize,
        each: usize,
    ) -> Result<Token<'t>, MsgpackError> {
        if count > self.left() / each {
            return Err(self.error("the bytes end early"));
        }
        Ok(token(count))
    }

    fn take(&mut self, length: usize) -> Result<&'t [u8], MsgpackError> {
        if length > self.left() {
            return Err(self.error("the bytes end early"));
        }
        let taken = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], MsgpackError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// A length of `N` bytes, at most 4.
    fn unsigned<const N: usize>(&mut self) -> Result<usize, MsgpackError> {
        Ok(self
            .fixed::<N>()?
            .iter()
            .fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }
}

/// The head of a value that is written: at most nine bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagAndLength {
    bytes: [u8; 9],
    length: usize,
}

impl TagAndLength {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn new(tag: u8, rest: &[u8]) -> TagAndLength {
        let mut bytes = [0; 9];
        bytes[0] = tag;
        bytes[1..=rest.len()].copy_from_slice(rest);
        TagAndLength {
            bytes,
            length: 1 + rest.len(),
        }
    }

    /// nil, false or true.
    pub(crate) fn word(value: Option<bool>) -> TagAndLength {
        let tag = match value {
            None => 0xc0,
            Some(false) => 0xc2,
            Some(true) => 0xc3,
        };
        TagAndLength::new(tag, &[])
    }

    /// An integer, as short as possible.
    pub(crate) fn integer(value: i64) -> TagAndLength {
        if let Ok(value) = u64::try_from(value) {
            return match (
                u8::try_from(value),
                u16::try_from(value),
                u32::try_from(value),
            ) {
                (Ok(small @ 0..=0x7f), ..) => TagAndLength::new(small, &[]),
                (Ok(value), ..) => TagAndLength::new(0xcc, &[value]),
                (_, Ok(value), _) => TagAndLength::new(0xcd, &value.to_be_bytes()),
                (.., Ok(value)) => TagAndLength::new(0xce, &value.to_be_bytes()),
                _ => TagAndLength::new(0xcf, &value.to_be_bytes()),
            };
        }
        match (
            i8::try_from(value),
            i16::try_from(value),
            i32::try_from(value),
        ) {
            (Ok(small @ -32..), ..) => TagAndLength::new(small.to_be_bytes()[0], &[]),
            (Ok(value), ..) => TagAndLength::new(0xd0, &value.to_be_bytes()),
            (_, Ok(value), _) => TagAndLength::new(0xd1, &value.to_be_bytes()),
            (.., Ok(value)) => TagAndLength::new(0xd2, &value.to_be_bytes()),
            _ => TagAndLength::new(0xd3, &value.to_be_bytes()),
        }
    }

    /// A float, in four bytes when that loses nothing.
    pub(crate) fn float(value: f64) -> TagAndLength {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "undone unless it was exact"
        )]
        let short = value as f32;
        if f64::from(short).to_bits() == value.to_bits() {
            TagAndLength::new(0xca, &short.to_be_bytes())
        } else {
            TagAndLength::new(0xcb, &value.to_be_bytes())
        }
    }

    /// The head of a string of `length` bytes.
    pub(crate) fn string(length: u32) -> TagAndLength {
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(small @ 0..=31), _) => TagAndLength::new(0xa0 | small, &[]),
            (Ok(length), _) => TagAndLength::new(0xd9, &[length]),
            (_, Ok(length)) => TagAndLength::new(0xda, &length.to_be_bytes()),
            _ => TagAndLength::new(0xdb, &length.to_be_bytes()),
        }
    }

    /// The head of an array of `count` elements.
    pub(crate) fn array(count: u32) -> TagAndLength {
        TagAndLength::container(0x90, 0xdc, count)
    }

    /// The head of a map of `count` pairs.
    pub(crate) fn map(count: u32) -> TagAndLength {
        TagAndLength::container(0x80, 0xde, count)
    }

    fn container(short: u8, long: u8, count: u32) -> TagAndLength {
        match (u8::try_from(count), u16::try_from(count)) {
            (Ok(small @ 0..=15), _) => TagAndLength::new(short | small, &[]),
            (_, Ok(count)) => TagAndLength::new(long, &count.to_be_bytes()),
            _ => TagAndLength::new(long + 1, &count.to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_floats_come_back_as_they_were_and_short() {
        for (value, length) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (255, 2),
            (256, 3),
            (65536, 5),
            (1 << 32, 9),
            (i64::MAX, 9),
            (-1, 1),
            (-32, 1),
            (-33, 2),
            (-129, 3),
            (-32769, 5),
            (i64::MIN, 9),
        ] {
            let head = TagAndLength::integer(value);
            assert_eq!(head.bytes().len(), length, "{value}");
            assert_eq!(Reader::new(head.bytes()).token(), Ok(Token::Integer(value)));
        }
        for value in [0.5, 0.1, 1e300, -0.0, f64::INFINITY] {
            let head = TagAndLength::float(value);
            assert_eq!(Reader::new(head.bytes()).token(), Ok(Token::Float(value)));
        }
    }

    #[test]
    fn lengths_that_lie_are_refused_before_anything_is_made() {
        for bytes in [
            &b"\xdd\xff\xff\xff\xff"[..],
            b"\xdf\xff\xff\xff\xff\x01",
            b"\xdb\xff\xff\xff\xffx",
            b"\xc6\x00\x00\x00\x02x",
            b"\x92\x01",
            b"\xa1",
            b"\xcb\x00",
            b"",
        ] {
            assert_eq!(
                Reader::new(bytes).token().unwrap_err().what,
                "the bytes end early",
                "{bytes:?}"
            );
        }
        assert!(Reader::new(b"\xd4\x01\x02").token().is_err());
    }
}
