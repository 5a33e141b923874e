//! JSON text as tokens, for scripts and for requests. Strict (RFC 8259), except that a caller may tolerate trailing
//! commas; positions are kept for errors. Holds nothing on the heap, so that Lua errors may jump over it. Whoever reads
//! pays meanwhile, byte by byte, and numbers are not converted before somebody wants them.

/// Deepest nesting accepted, reading and writing.
pub(crate) const MAX_DEPTH: usize = 64;

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(crate) struct JsonError {
    pub(crate) what: &'static str,
    /// Byte offset, from 0.
    pub(crate) at: usize,
}

/// Bytes of one token that are read before they are paid.
pub(crate) const STEP: usize = 4096;

/// Pays for what is read.
pub(crate) trait Watch {
    /// Pays for `bytes` more. Whether reading may go on.
    fn read(&mut self, bytes: usize) -> bool;
}

/// A number as it stands in the text: well formed, not converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number<'t> {
    text: &'t [u8],
    float: bool,
}

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number without fraction and exponent that fits.
    Integer(i64),
    /// Any other number.
    Float(f64),
}

impl Number<'_> {
    /// Its length in the text.
    pub(crate) fn len(self) -> usize {
        self.text.len()
    }

    /// What it stands for; nothing when that is out of range.
    pub(crate) fn value(self) -> Option<Value> {
        // Digits, signs, dots and `e` only, so it is text.
        let text = std::str::from_utf8(self.text).ok()?;
        if !self.float
            && let Ok(integer) = text.parse()
        {
            return Some(Value::Integer(integer));
        }
        let number = text.parse::<f64>().ok()?;
        number.is_finite().then_some(Value::Float(number))
    }
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'t> {
    /// `{`
    OpenObject,
    /// `}`
    CloseObject,
    /// `[`
    OpenArray,
    /// `]`
    CloseArray,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// What stands between two quotes, still escaped, and known to unescape well.
    String(&'t [u8]),
    /// A number.
    Number(Number<'t>),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// The end of the text.
    End,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexer<'t, W> {
    text: &'t [u8],
    at: usize,
    paid: usize,
    watch: W,
}

impl<'t, W: Watch> Lexer<'t, W> {
    pub(crate) fn new(text: &'t [u8], watch: W) -> Self {
        Self {
            text,
            at: 0,
            paid: 0,
            watch,
        }
    }

    /// An error at the place the lexer has reached.
    pub(crate) fn error(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }

    /// The next token.
    pub(crate) fn token(&mut self) -> Result<Token<'t>, JsonError> {
        let token = self.scan()?;
        self.pay()?;
        Ok(token)
    }

    fn pay(&mut self) -> Result<(), JsonError> {
        let read = self.at - self.paid;
        self.paid = self.at;
        if self.watch.read(read) {
            Ok(())
        } else {
            Err(self.error("reading was stopped"))
        }
    }

    /// Pays for `bytes` that were read again.
    pub(crate) fn again(&mut self, bytes: usize) -> Result<(), JsonError> {
        match self.watch.read(bytes) {
            true => Ok(()),
            false => Err(self.error("reading was stopped")),
        }
    }

    /// Goes on by `bytes` within a token.
    fn step(&mut self, bytes: usize) -> Result<(), JsonError> {
        self.at += bytes;
        if self.at - self.paid >= STEP {
            self.pay()?;
        }
        Ok(())
    }

    fn scan(&mut self) -> Result<Token<'t>, JsonError> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.step(1)?;
        }
        let Some(byte) = self.peek() else {
            return Ok(Token::End);
        };
        let token = match byte {
            b'{' => Token::OpenObject,
            b'}' => Token::CloseObject,
            b'[' => Token::OpenArray,
            b']' => Token::CloseArray,
            b',' => Token::Comma,
            b':' => Token::Colon,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            b't' => return self.word(b"true", Token::Bool(true)),
            b'f' => return self.word(b"false", Token::Bool(false)),
            b'n' => return self.word(b"null", Token::Null),
            _ => return Err(self.error("unexpected character")),
        };
        self.at += 1;
        Ok(token)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn word(&mut self, word: &[u8], token: Token<'t>) -> Result<Token<'t>, JsonError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(token)
        } else {
            Err(self.error("unexpected character"))
        }
    }

    fn number(&mut self) -> Result<Token<'t>, JsonError> {
        let start = self.at;
        let mut float = false;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.error("a digit is expected")),
        }
        if self.peek() == Some(b'.') {
            float = true;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            float = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        Ok(Token::Number(Number { text, float }))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.error("a digit is expected"));
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.step(1)?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Token<'t>, JsonError> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                None => return Err(self.error("the string does not end")),
                Some(b'"') => break,
                Some(b'\\') => {
                    let escape = escape(&self.text[self.at..]);
                    self.step(escape.ok_or_else(|| self.error("invalid escape"))?.1)?;
                }
                Some(0..0x20) => return Err(self.error("control character in a string")),
                Some(_) => self.step(1)?,
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        if std::str::from_utf8(raw).is_err() {
            return Err(JsonError {
                what: "the string is not utf-8",
                at: start,
            });
        }
        Ok(Token::String(raw))
    }
}

/// The character an escape at the start of `text` stands for, and the length of the escape.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let plain = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = hex(text.get(2..6)?)?;
            if let Some(character) = char::from_u32(unit) {
                return Some((character, 6));
            }
            // A surrogate is good only as the first half of a pair.
            if text.get(6..8)? != b"\\u" {
                return None;
            }
            let low = hex(text.get(8..12)?)?;
            let pair = char::decode_utf16([u16::try_from(unit).ok()?, u16::try_from(low).ok()?])
                .next()?
                .ok()?;
            return (u32::from(pair) > 0xffff).then_some((pair, 12));
        }
        _ => return None,
    };
    Some((plain, 2))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| {
        Some(value * 16 + char::from(digit).to_digit(16)?)
    })
}

/// Writes what a piece of the inside of a [`Token::String`] stands for: from one place in `raw` and in `out` until that of `raw` is
/// at `until` or a little after it. Returns the two places then; that of `out` is never after that of `raw`.
///
/// # Panics
/// When `out` is shorter than `raw`.
pub(crate) fn unescape_until(
    raw: &[u8],
    out: &mut [u8],
    (mut from, mut to): (usize, usize),
    until: usize,
) -> (usize, usize) {
    while from < until
        && let Some(&byte) = raw.get(from)
    {
        // A token's escapes are valid; should one not be, its backslash stands for itself.
        match (byte == b'\\').then(|| escape(&raw[from..])).flatten() {
            Some((character, length)) => {
                to += character.encode_utf8(&mut out[to..]).len();
                from += length;
            }
            None => {
                out[to] = byte;
                from += 1;
                to += 1;
            }
        }
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pays up to so many bytes.
    struct Purse(usize);

    impl Watch for Purse {
        fn read(&mut self, bytes: usize) -> bool {
            let paid = self.0.checked_sub(bytes);
            self.0 = paid.unwrap_or(0);
            paid.is_some()
        }
    }

    fn tokens(text: &str) -> Result<Vec<Token<'_>>, JsonError> {
        let mut lexer = Lexer::new(text.as_bytes(), Purse(text.len()));
        let mut tokens = Vec::new();
        loop {
            match lexer.token()? {
                Token::End => return Ok(tokens),
                token => tokens.push(token),
            }
        }
    }

    fn text(raw: &str) -> String {
        let mut out = vec![0; raw.len()];
        let mut at = (0, 0);
        while at.0 < raw.len() {
            at = unescape_until(raw.as_bytes(), &mut out, at, at.0 + 1);
        }
        out.truncate(at.1);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_integers_when_they_fit() {
        let values = |text| {
            let tokens = tokens(text).unwrap();
            tokens
                .iter()
                .filter_map(|token| match token {
                    Token::Number(number) => Some(number.value()),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            values("[0, -1, 9223372036854775807, 9223372036854775808, 1.5e3, 1e400]"),
            [
                Some(Value::Integer(0)),
                Some(Value::Integer(-1)),
                Some(Value::Integer(i64::MAX)),
                Some(Value::Float(9_223_372_036_854_775_808.0)),
                Some(Value::Float(1500.0)),
                None,
            ]
        );
    }

    #[test]
    fn every_byte_is_paid_and_who_cannot_pay_reads_no_further() {
        let long = format!("[{}, \"{}\"]", "7".repeat(9000), "é".repeat(9000));
        assert!(tokens(&long).is_ok());
        for purse in [0, 5000, long.len() - 1] {
            let mut lexer = Lexer::new(long.as_bytes(), Purse(purse));
            let stopped = loop {
                match lexer.token() {
                    Ok(Token::End) => break false,
                    Ok(_) => {}
                    Err(error) => {
                        assert_eq!(error.what, "reading was stopped");
                        assert!(error.at <= purse + STEP);
                        break true;
                    }
                }
            };
            assert!(stopped, "{purse}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused_with_the_place() {
        for bad in [
            "01x",
            "1.",
            ".5",
            "+1",
            "1e",
            "nul",
            "'a'",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "-",
            "\u{feff}1",
        ] {
            assert!(tokens(bad).is_err(), "{bad:?} was accepted");
        }
        assert_eq!(
            tokens("[1, x]").unwrap_err().to_string(),
            "unexpected character at byte 4"
        );
        let mut lexer = Lexer::new(b"\"\xff\"", Purse(3));
        assert_eq!(lexer.token().unwrap_err().what, "the string is not utf-8");
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert_eq!(text(r#"a\"\\\/\b\f\n\r\té😀"#), "a\"\\/\u{8}\u{c}\n\r\té😀");
        assert_eq!(text("plain é"), "plain é");
        assert_eq!(text("\\u0000"), "\0");
    }
}
