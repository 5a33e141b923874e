//! Reads values that a peer wrote. Every length is checked against what is there before anything is allocated.

use radula::Timestamp;

/// A peer sent what the protocol does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// The rest of a message, from the next value on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

macro_rules! numbers {
    ($($name:ident)*) => {
        $(pub(crate) fn $name(&mut self) -> Result<$name, Malformed> {
            const SIZE: usize = size_of::<$name>();
            let (bytes, rest) = self.rest.split_first_chunk::<SIZE>().ok_or(SHORT)?;
            self.rest = rest;
            Ok($name::from_le_bytes(*bytes))
        })*
    };
}

const SHORT: Malformed = Malformed("message: it ends too early");

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    numbers!(u8 u16 u32 u64 i32 i64);

    pub(crate) fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.u8()? != 0)
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Bytes with their length before them.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u32()?;
        self.take(usize::try_from(length).map_err(|_| SHORT)?)
    }

    /// Bytes with their length before them, which must be UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed("text: it is not UTF-8"))
    }

    /// Seconds and nanoseconds.
    pub(crate) fn time(&mut self) -> Result<Timestamp, Malformed> {
        let (seconds, nanoseconds) = (u64::from(self.u32()?), u64::from(self.u32()?));
        Ok(Timestamp(seconds * 1_000_000_000 + nanoseconds))
    }

    /// How many elements follow, of which each takes `least` bytes or more.
    pub(crate) fn count(&mut self, least: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.u32()?).map_err(|_| SHORT)?;
        match count.checked_mul(least) {
            Some(bytes) if bytes <= self.rest.len() => Ok(count),
            _ => Err(Malformed("list: more elements than bytes")),
        }
    }

    /// A versioned block: its version and its body. What is left of the body is skipped.
    pub(crate) fn block(&mut self, known: u8) -> Result<(u8, Reader<'a>), Malformed> {
        let version = self.u8()?;
        if self.u8()? > known {
            return Err(Malformed("block: its version is unknown here"));
        }
        Ok((version, Reader::new(self.bytes()?)))
    }
}
