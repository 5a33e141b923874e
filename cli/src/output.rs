//! Standard output: bytes as they are, or one JSON object.

use std::io::{self, IsTerminal as _, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use radula::{ObjectId, ObjectReport, Timestamp, escaped, is_unprintable};
use serde_json::{Value, json};

use crate::terminal::Lines;

/// Where answers go. Knows whether the last byte was a newline, so that a shell can part one answer from the next.
pub(crate) struct Output {
    stream: Box<dyn Write>,
    /// What was written and is not to be seen yet.
    held: Option<Vec<u8>>,
    /// What stands between the answers and a terminal.
    terminal: Option<Lines>,
    last: Option<u8>,
}

impl Output {
    pub(crate) fn standard() -> Self {
        let stdout = io::stdout();
        Self {
            terminal: stdout.is_terminal().then(Lines::default),
            stream: Box::new(io::BufWriter::with_capacity(64 << 10, stdout.lock())),
            held: None,
            last: None,
        }
    }

    /// Keeps what is written from now on until it is [released](Output::release).
    pub(crate) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Lets out what was held.
    pub(crate) fn release(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some(held) => self.stream.write_all(&held),
            None => Ok(()),
        }
    }

    /// Writes a name on a line of its own. On a terminal a hostile name cannot move the cursor.
    pub(crate) fn name(&mut self, name: &[u8]) -> io::Result<()> {
        match self.terminal {
            Some(_) => self.write_all(escaped(name, usize::MAX).as_bytes())?,
            None => self.write_all(name)?,
        }
        self.write_all(b"\n")
    }

    fn write_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.held {
            Some(held) => held.write_all(bytes),
            None => self.stream.write_all(bytes),
        }
    }

    /// Writes JSON on one line.
    pub(crate) fn json(&mut self, value: &Value) -> io::Result<()> {
        self.write_all(printable(value.to_string()).as_bytes())?;
        self.write_all(b"\n")
    }

    /// Writes JSON for a person to read.
    pub(crate) fn pretty(&mut self, value: &Value) -> io::Result<()> {
        self.write_all(printable(format!("{value:#}")).as_bytes())?;
        self.write_all(b"\n")
    }

    /// Ends the line the last answer left open, if it did.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        if self.last.is_some_and(|byte| byte != b'\n') {
            self.write_all(b"\n")?;
        }
        self.last = None;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shown = self.terminal.as_mut().map(|lines| lines.pass(bytes));
        self.write_raw(shown.as_ref().map_or(bytes, |shown| shown.as_bytes()))?;
        self.last = bytes.last().copied().or(self.last);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(rest) = self.terminal.as_mut().map(Lines::end) {
            self.write_raw(rest.as_bytes())?;
        }
        self.stream.flush()
    }
}

/// JSON in which whatever is not seen is an escape: it may come before a terminal's or a reader's eyes, whatever it was
/// written to.
pub(crate) fn printable(json: String) -> String {
    // Outside ASCII there is nothing but strings; within it serde_json escapes all but DEL.
    let hidden = |c: char| c > '~' && is_unprintable(c);
    if !json.contains(hidden) {
        return json;
    }
    let mut printable = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                printable.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Bytes for `--json`: always in base64, and as text when they are.
pub(crate) fn bytes_json(bytes: &[u8]) -> Value {
    json!({ "base64": STANDARD.encode(bytes), "utf8": std::str::from_utf8(bytes).ok() })
}

/// An object for `--json`.
pub(crate) fn object_json(id: &ObjectId) -> Value {
    json!(ObjectReport::from(id))
}

/// A time as `rados stat` prints it: `2026-11-22T15:04:05.123456+0000`.
pub(crate) fn time(timestamp: Timestamp) -> String {
    // 64 bits of nanoseconds end in the year 2554, long before the calendar does.
    jiff::Timestamp::from_nanosecond(timestamp.0.into())
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S.%6f+0000")
        .to_string()
}

/// A time for the name of a file: `20261122T150405Z`.
pub(crate) fn compact_time(timestamp: Timestamp) -> String {
    jiff::Timestamp::from_nanosecond(timestamp.0.into())
        .unwrap_or_default()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

/// A hex dump as `rados listomapvals` prints values: sixteen bytes a line, then the length.
pub(crate) fn hexdump(bytes: &[u8]) -> String {
    let mut dump = String::new();
    for (line, chunk) in bytes.chunks(16).enumerate() {
        dump.push_str(&format!("{:08x} ", line * 16));
        for at in 0..16 {
            if at == 8 {
                dump.push(' ');
            }
            match chunk.get(at) {
                Some(byte) => dump.push_str(&format!(" {byte:02x}")),
                None => dump.push_str("   "),
            }
        }
        dump.push_str("  |");
        dump.extend(chunk.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        }));
        dump.push_str("|\n");
    }
    dump.push_str(&format!("{:08x}\n", bytes.len()));
    dump
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000+0000"),
            (951_782_400, "2000-02-29T00:00:00.000000+0000"),
            (951_868_800, "2000-03-01T00:00:00.000000+0000"),
            (1_000_000_000, "2001-09-09T01:46:40.000000+0000"),
            (4_107_542_399, "2100-02-28T23:59:59.000000+0000"),
            (4_107_542_400, "2100-03-01T00:00:00.000000+0000"),
        ] {
            assert_eq!(time(Timestamp(seconds * 1_000_000_000)), text);
        }
        assert!(time(Timestamp(1_234_567_890)).ends_with("01.234567+0000"));
    }

    #[test]
    fn a_hex_dump_looks_like_that_of_rados() {
        assert_eq!(
            hexdump(b"hello"),
            "00000000  68 65 6c 6c 6f                                    |hello|\n00000005\n"
        );
        let dump = hexdump(b"0123456789abcdef\x00");
        let lines: Vec<_> = dump.lines().collect();
        assert_eq!(
            lines[0],
            "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|"
        );
        assert!(lines[1].starts_with("00000010  00 ") && lines[1].ends_with("|.|"));
        assert_eq!(lines[2], "00000011");
        assert_eq!(hexdump(b""), "00000000\n");
    }

    #[test]
    fn json_shows_everything_and_means_the_same() {
        let value = json!({ "a\u{202e}": "é\u{9b}\u{7f}\u{2028}\u{e0041}\n\u{1b}\"" });
        let shown = printable(value.to_string());
        assert_eq!(
            shown,
            r#"{"a\u202e":"é\u009b\u007f\u2028\udb40\udc41\n\u001b\""}"#
        );
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        let pretty = printable(serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), value);
    }

    #[test]
    fn bytes_that_are_no_text_have_no_text() {
        assert_eq!(bytes_json(b"\xff"), json!({"base64": "/w==", "utf8": null}));
        assert_eq!(bytes_json(b"a"), json!({"base64": "YQ==", "utf8": "a"}));
    }
}
