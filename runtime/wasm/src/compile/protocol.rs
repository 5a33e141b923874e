//! What is said between the two sides of the compiler.
//!
//! The request on its standard input: one line of text, the fingerprint of the engine, the module. The answer on its
//! standard output: a mark, one letter, a length, that many bytes. Both sides are of one build; the first words only tell
//! when they are not.

use std::io::{self, Read};

use crate::engine::Mode;

/// The one argument a compiler is started with: the hidden verb of the `radula` command.
pub const VERB: &str = "wasm-compile";

const REQUEST: &str = "radula-wasm-compile 1";

/// What an answer begins with.
pub(super) const MARK: &[u8; 16] = b"radula-wasm-code";

/// Bytes of an answer before its payload.
pub(super) const HEAD: usize = MARK.len() + 1 + 8;

/// The largest payload of an answer. Code takes some ten times the size of its module.
pub(super) const MAX_ANSWER: u64 = 128 << 20;

/// What the compiler answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Compiled code.
    Code,
    /// Text for the author of the module.
    Invalid,
    /// It was made for another engine.
    NotOurs,
    /// The system did not set a ceiling; the payload says what it said.
    NoCeiling,
}

impl Answer {
    pub(super) fn letter(self) -> u8 {
        match self {
            Answer::Code => b'c',
            Answer::Invalid => b'i',
            Answer::NotOurs => b'n',
            Answer::NoCeiling => b'l',
        }
    }

    pub(super) fn from_letter(letter: u8) -> Option<Answer> {
        [
            Answer::Code,
            Answer::Invalid,
            Answer::NotOurs,
            Answer::NoCeiling,
        ]
        .into_iter()
        .find(|answer| answer.letter() == letter)
    }
}

/// What the compiler is asked, without the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) mode: Mode,
    /// Seconds of processor time and bytes of memory; none are no ceiling.
    pub(super) seconds: Option<u64>,
    pub(super) memory: Option<u64>,
    pub(super) fingerprint: [u8; 32],
}

impl Request {
    /// The request as it is sent.
    pub(super) fn head(&self, module: &[u8]) -> Vec<u8> {
        let number = |ceiling: Option<u64>| ceiling.map_or("-".to_owned(), |n| n.to_string());
        let mut head = format!(
            "{REQUEST} {} {} {} {}\n",
            self.mode.name(),
            number(self.seconds),
            number(self.memory),
            module.len()
        )
        .into_bytes();
        head.extend_from_slice(&self.fingerprint);
        head
    }

    /// Reads a request up to the module; answers it with the module's length. `None` when it is no request.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Option<(Request, u64)>> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            input.read_exact(&mut byte)?;
            match byte[0] {
                b'\n' => break,
                byte if line.len() < 256 => line.push(byte),
                _ => return Ok(None),
            }
        }
        let mut fingerprint = [0; 32];
        input.read_exact(&mut fingerprint)?;
        Ok(parse(&line, fingerprint))
    }
}

fn parse(line: &[u8], fingerprint: [u8; 32]) -> Option<(Request, u64)> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix(REQUEST)?;
    let mut words = rest.split_ascii_whitespace();
    let ceiling = |word: &str| match word {
        "-" => Some(None),
        word => word.parse().ok().map(Some),
    };
    let request = Request {
        mode: Mode::from_name(words.next()?)?,
        seconds: ceiling(words.next()?)?,
        memory: ceiling(words.next()?)?,
        fingerprint,
    };
    let length = words.next()?.parse().ok()?;
    words.next().is_none().then_some((request, length))
}

/// The head of an answer of `length` bytes.
pub(super) fn answer_head(answer: Answer, length: usize) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..16].copy_from_slice(MARK);
    head[16] = answer.letter();
    head[17..].copy_from_slice(&(length as u64).to_le_bytes());
    head
}

/// What the head of an answer says: its kind, and how many bytes follow.
pub(super) fn read_answer_head(head: &[u8; HEAD]) -> Option<(Answer, u64)> {
    let length = u64::from_le_bytes(head[17..].try_into().ok()?);
    if head[..16] != MARK[..] || length > MAX_ANSWER {
        return None;
    }
    Some((Answer::from_letter(head[16])?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        for seconds in [None, Some(3)] {
            let request = Request {
                mode: Mode::from_name("compact-no-signals").unwrap(),
                seconds,
                memory: Some(1 << 20),
                fingerprint: [7; 32],
            };
            let mut bytes = request.head(b"module");
            bytes.extend_from_slice(b"module");
            let mut input = &bytes[..];
            assert_eq!(Request::read(&mut input).unwrap(), Some((request, 6)));
            assert_eq!(input, b"module");
        }
        let mut noise = &[b'x'; 400][..];
        assert_eq!(Request::read(&mut noise).unwrap(), None);
    }

    #[test]
    fn an_answer_of_another_program_is_told_apart() {
        let head = answer_head(Answer::Code, 5);
        assert_eq!(read_answer_head(&head), Some((Answer::Code, 5)));
        assert_eq!(read_answer_head(&[b'x'; HEAD]), None);
        assert_eq!(
            read_answer_head(&answer_head(Answer::Code, usize::MAX)),
            None
        );
    }
}
