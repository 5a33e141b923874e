//! Requests to class `lua`, in three encodings. All of it is the client's word.

use std::borrow::Cow;

use objclass::{Budget, LimitKind};

use crate::{
    json::{self, JsonError, Lexer, Watch},
    msgpack::{self, MsgpackError, Reader},
};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request<'i> {
    /// The text.
    pub(super) script: Cow<'i, [u8]>,
    /// Global name of the handler; empty to run the body only.
    pub(super) handler: Cow<'i, [u8]>,
    /// Input of the handler.
    pub(super) input: Cow<'i, [u8]>,
}

/// Why a request cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    /// It is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is not MessagePack.
    #[error(transparent)]
    Msgpack(#[from] MsgpackError),
    /// It is JSON or MessagePack of another shape.
    #[error("{0}")]
    Shape(&'static str),
    /// It is not Ceph's encoding.
    #[error("the encoding {what} at byte {at}")]
    Encoding {
        /// What is wrong.
        what: &'static str,
        /// Byte offset.
        at: usize,
    },
    /// It lacks a member.
    #[error("\"{0}\" is missing")]
    Missing(&'static str),
    /// It has a member twice.
    #[error("{name:?} occurs twice at byte {at}")]
    Twice {
        /// The member.
        name: String,
        /// Byte offset behind it.
        at: usize,
    },
}

/// A decoder.
pub(super) type Decode =
    for<'i> fn(&'i [u8], &mut Reading<'_>) -> Result<Request<'i>, RequestError>;

/// Bytes read between two looks at the clock.
const LOOK: usize = 64 << 10;

/// Longest name, as it stands in a request, that may be one of those looked for: `handler`, all escaped.
const MAX_NAME: usize = 6 * 7;

/// Bytes of a request that cost one unit of fuel.
const READ_COST: usize = 4;

/// Puts the reading of a request on the account of its call.
#[derive(Debug)]
pub(super) struct Reading<'b> {
    budget: &'b mut Budget,
    /// Bytes read that are not on the account yet.
    unpaid: usize,
    guarded: bool,
}

impl<'b> Reading<'b> {
    /// `guarded`: whether reading costs anything.
    pub(super) fn new(budget: &'b mut Budget, guarded: bool) -> Self {
        Self {
            budget,
            unpaid: 0,
            guarded,
        }
    }

    /// Pays what is left. Whether the call may go on.
    pub(super) fn finish(&mut self) -> bool {
        if !self.guarded {
            return true;
        }
        let fuel = self.unpaid.div_ceil(READ_COST) as u64;
        self.unpaid = 0;
        self.budget.charge(LimitKind::Fuel, fuel) && self.budget.check_deadline()
    }
}

impl Watch for &mut Reading<'_> {
    fn read(&mut self, bytes: usize) -> bool {
        self.unpaid += bytes;
        self.unpaid < LOOK || self.finish()
    }
}

/// `{"script": text, "handler": text, "input": text (optional)}`. A comma may stand before a closing brace or
/// bracket, as Ceph's parser allows. Of other members only the syntax is looked at.
pub(super) fn from_json<'i>(
    text: &'i [u8],
    reading: &mut Reading<'_>,
) -> Result<Request<'i>, RequestError> {
    let mut lexer = Lexer::new(text, reading);
    if lexer.token()? != json::Token::OpenObject {
        return Err(RequestError::Shape("an object is expected"));
    }
    let [mut script, mut handler, mut input] = [None, None, None];
    members(&mut lexer, |raw, lexer| {
        // No name anybody looks for is longer, each of its letters escaped.
        let name = match raw.len() {
            ..=MAX_NAME => unescaped(raw, lexer)?,
            _ => Cow::Borrowed(&b""[..]),
        };
        let member = match &name[..] {
            b"script" => &mut script,
            b"handler" => &mut handler,
            b"input" => &mut input,
            _ => {
                let token = lexer.token()?;
                return skip(lexer, token, 1);
            }
        };
        if member.is_some() {
            return Err(RequestError::Twice {
                name: objclass::escaped(&name, 64),
                at: lexer.error("").at,
            });
        }
        let json::Token::String(raw) = lexer.token()? else {
            return Err(RequestError::Shape(
                "script, handler and input must be strings",
            ));
        };
        *member = Some(unescaped(raw, lexer)?);
        Ok(())
    })?;
    if lexer.token()? != json::Token::End {
        return Err(lexer.error("something follows the object").into());
    }
    Ok(Request {
        script: script.ok_or(RequestError::Missing("script"))?,
        handler: handler.ok_or(RequestError::Missing("handler"))?,
        input: input.unwrap_or_default(),
    })
}

/// Reads the members of an object whose brace was read. `member` gets a name as it stands there, and reads the value.
fn members<'t, W: Watch>(
    lexer: &mut Lexer<'t, W>,
    mut member: impl FnMut(&'t [u8], &mut Lexer<'t, W>) -> Result<(), RequestError>,
) -> Result<(), RequestError> {
    loop {
        let raw = match lexer.token()? {
            json::Token::CloseObject => return Ok(()),
            json::Token::String(raw) => raw,
            _ => return Err(lexer.error("a name in quotes is expected").into()),
        };
        if lexer.token()? != json::Token::Colon {
            return Err(lexer.error("':' is expected").into());
        }
        member(raw, lexer)?;
        match lexer.token()? {
            json::Token::Comma => {}
            json::Token::CloseObject => return Ok(()),
            _ => return Err(lexer.error("',' or '}' is expected").into()),
        }
    }
}

/// Reads a value nobody wants, `depth` containers deep.
fn skip<W: Watch>(
    lexer: &mut Lexer<'_, W>,
    token: json::Token<'_>,
    depth: usize,
) -> Result<(), RequestError> {
    match token {
        json::Token::OpenObject | json::Token::OpenArray if depth >= json::MAX_DEPTH => {
            Err(lexer.error("nested more than 64 deep").into())
        }
        json::Token::OpenObject => members(lexer, |_, lexer| {
            let token = lexer.token()?;
            skip(lexer, token, depth + 1)
        }),
        json::Token::OpenArray => loop {
            match lexer.token()? {
                json::Token::CloseArray => return Ok(()),
                token => skip(lexer, token, depth + 1)?,
            }
            match lexer.token()? {
                json::Token::Comma => {}
                json::Token::CloseArray => return Ok(()),
                _ => return Err(lexer.error("',' or ']' is expected").into()),
            }
        },
        json::Token::String(_)
        | json::Token::Number(_)
        | json::Token::Bool(_)
        | json::Token::Null => Ok(()),
        _ => Err(lexer.error("a value is expected").into()),
    }
}

/// What a string stands for. Bytes that have to be looked at a second time are paid again, piece by piece.
fn unescaped<'t, W: Watch>(
    raw: &'t [u8],
    lexer: &mut Lexer<'t, W>,
) -> Result<Cow<'t, [u8]>, JsonError> {
    if !raw.contains(&b'\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = vec![0; raw.len()];
    let (mut from, mut to) = (0, 0);
    while from < raw.len() {
        let begin = from;
        (from, to) = json::unescape_until(raw, &mut out, (from, to), from + json::STEP);
        lexer.again(from - begin)?;
    }
    out.truncate(to);
    Ok(Cow::Owned(out))
}

/// Ceph's `cls_lua_eval_op`, version 1: `u8` version, `u8` oldest version that can read it, `u32` length of the
/// rest; then script, handler and input, each a `u32` length and that many bytes. Numbers are little-endian. What
/// a later version appends is skipped.
pub(super) fn from_bufferlist<'i>(
    bytes: &'i [u8],
    mut reading: &mut Reading<'_>,
) -> Result<Request<'i>, RequestError> {
    let error = |what, at| RequestError::Encoding { what, at };
    let &[version, compatible, a, b, c, d, ref rest @ ..] = bytes else {
        return Err(error("ends early", bytes.len()));
    };
    if version == 0 || compatible > 1 {
        return Err(error("is of a version this engine does not know", 0));
    }
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let mut body = rest.get(..length).ok_or(error("ends early", bytes.len()))?;
    let mut at = 6;
    let mut field = || {
        let (head, tail) = body
            .split_first_chunk::<4>()
            .ok_or(error("ends early", at))?;
        let length = u32::from_le_bytes(*head) as usize;
        let value = tail.get(..length).ok_or(error("ends early", at))?;
        body = &tail[length..];
        at += 4 + length;
        Ok::<_, RequestError>(Cow::Borrowed(value))
    };
    let request = Request {
        script: field()?,
        handler: field()?,
        input: field()?,
    };
    // Only the script is looked at: it has a digest.
    reading.read(request.script.len());
    Ok(request)
}

/// A MessagePack array of three strings: script, handler, input.
pub(super) fn from_msgpack<'i>(
    bytes: &'i [u8],
    mut reading: &mut Reading<'_>,
) -> Result<Request<'i>, RequestError> {
    let mut reader = Reader::new(bytes);
    if reader.token()? != msgpack::Token::Array(3) {
        return Err(RequestError::Shape("an array of three strings is expected"));
    }
    let mut field = || match reader.token()? {
        msgpack::Token::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        _ => Err(RequestError::Shape("an array of three strings is expected")),
    };
    let request = Request {
        script: field()?,
        handler: field()?,
        input: field()?,
    };
    reading.read(request.script.len());
    if reader.is_at_end() {
        Ok(request)
    } else {
        Err(reader.error("something follows the array").into())
    }
}

#[cfg(test)]
mod tests {
    use objclass::Limits;

    use super::*;

    /// Decodes under plenty of everything.
    fn read<'i>(decode: Decode, input: &'i [u8]) -> Result<Request<'i>, RequestError> {
        decode(
            input,
            &mut Reading::new(&mut Budget::new(Limits::INSTALLED), true),
        )
    }

    fn from_json(input: &[u8]) -> Result<Request<'_>, RequestError> {
        read(super::from_json, input)
    }

    fn from_bufferlist(input: &[u8]) -> Result<Request<'_>, RequestError> {
        read(super::from_bufferlist, input)
    }

    fn from_msgpack(input: &[u8]) -> Result<Request<'_>, RequestError> {
        read(super::from_msgpack, input)
    }

    #[test]
    fn a_member_nobody_wants_is_read_over_and_paid() {
        let text = |member: &str| format!(r#"{{"x":{member},"script":"s","handler":""}}"#);
        // Out of range for a number, and named twice: of no consequence where nobody looks.
        for member in ["1e999", r#"{"a":1,"a":2}"#, r#"1,"x":2"#] {
            let text = text(member);
            assert_eq!(&from_json(text.as_bytes()).unwrap().script[..], b"s");
        }
        let long = text(&format!("[{}0]", "0,".repeat(1 << 20)));
        let limits = Limits {
            fuel: 100_000,
            ..Limits::INSTALLED
        };
        for guarded in [true, false] {
            let mut budget = Budget::new(limits);
            let mut reading = Reading::new(&mut budget, guarded);
            let result = super::from_json(long.as_bytes(), &mut reading);
            assert_eq!(result.is_err(), guarded, "{result:?}");
            assert_eq!(budget.limit_hit().is_some(), guarded);
        }
    }

    #[test]
    fn json_may_end_in_a_comma_and_escapes_become_bytes() {
        let request = from_json(
            b"{\"script\": \"a\\nb\", \"other\": {\"x\": [1, {}, [],],}, \"handler\": \"h\",\n\"input\": \"\\u00e9\",\n}",
        )
        .unwrap();
        assert_eq!(&request.script[..], b"a\nb");
        assert_eq!(&request.handler[..], b"h");
        assert_eq!(&request.input[..], "é".as_bytes());
        let request = from_json(br#"{"handler":"","script":""}"#).unwrap();
        assert_eq!(&request.input[..], b"");
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        let deep = format!(
            r#"{{"x":{}{},"script":"","handler":""}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        for (bad, why) in [
            ("", "object"),
            ("[]", "object"),
            ("{", "name"),
            (r#"{"script":""}"#, "handler"),
            (r#"{"handler":""}"#, "script"),
            (r#"{"script":1,"handler":""}"#, "strings"),
            (r#"{"script":"","handler":""}x"#, "unexpected"),
            (r#"{"script":"","handler":""}{}"#, "follows"),
            (r#"{"script":"","script":"","handler":""}"#, "twice"),
            (r#"{"handler":"","script":"","handler":""}"#, "twice"),
            (r#"{"script":"","handler":"","x":[1,,2]}"#, "value"),
            (r#"{,"script":"","handler":""}"#, "name"),
            (r#"{"script":"" "handler":""}"#, "','"),
            (&deep, "deep"),
        ] {
            let error = from_json(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{bad:.80}: {error}");
        }
    }

    #[test]
    fn ceph_s_encoding_is_read_whatever_follows_it() {
        let mut body = Vec::new();
        for field in [&b"script"[..], b"h", b"in\0put"] {
            body.extend(u32::try_from(field.len()).unwrap().to_le_bytes());
            body.extend(field);
        }
        let encode = |version: u8, compatible: u8, body: &[u8]| {
            let mut bytes = vec![version, compatible];
            bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
            bytes.extend(body);
            bytes
        };
        let bytes = encode(1, 1, &body);
        let request = from_bufferlist(&bytes).unwrap();
        assert_eq!(&request.script[..], b"script");
        assert_eq!(&request.handler[..], b"h");
        assert_eq!(&request.input[..], b"in\0put");
        // A later version appends members and says that version 1 can still read it.
        body.extend(b"later");
        assert!(from_bufferlist(&encode(2, 1, &body)).is_ok());
        assert!(from_bufferlist(&encode(2, 2, &body)).is_err());
        assert!(from_bufferlist(&encode(0, 0, &body)).is_err());
        for cut in 0..bytes.len() {
            assert!(from_bufferlist(&bytes[..cut]).is_err(), "{cut}");
        }
        let mut lie = bytes.clone();
        lie[6..10].fill(0xff);
        assert!(from_bufferlist(&lie).is_err());
    }

    #[test]
    fn msgpack_is_three_strings() {
        let request = from_msgpack(b"\x93\xa1s\xa1h\xc4\x02\0\xff").unwrap();
        assert_eq!(&request.input[..], b"\0\xff");
        for bad in [
            &b""[..],
            b"\x92\xa1s\xa1h",
            b"\x93\xa1s\xa1h\x01",
            b"\x93\xa1s\xa1h",
            b"\x93\xa1s\xa1h\xa0\xc0",
        ] {
            assert!(from_msgpack(bad).is_err(), "{bad:?}");
        }
    }
}
