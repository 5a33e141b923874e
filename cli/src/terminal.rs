//! What a terminal is shown: text, and nothing that does something to the terminal or to the text around it.

use std::io::{self, IsTerminal as _, Write};

use radula::{escaped, is_unprintable};

/// Text of many lines, a piece at a time: line feeds and tabs stay, all else that is not seen is escaped.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
}

impl Lines {
    /// The next piece, as far as its characters are complete.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let cut = complete(&self.begun);
        let rest = self.begun.split_off(cut);
        lines(&std::mem::replace(&mut self.begun, rest))
    }

    /// What is left when nothing more comes.
    pub(crate) fn end(&mut self) -> String {
        lines(&std::mem::take(&mut self.begun))
    }
}

/// How many bytes there are before a last character that more bytes could complete.
fn complete(bytes: &[u8]) -> usize {
    match std::str::from_utf8(&bytes[bytes.len().saturating_sub(4)..]) {
        // Wrong earlier or complete: nothing to wait for, unless the last chunk is a beginning.
        Ok(_) => bytes.len(),
        Err(_) => {
            let longest = bytes.len().min(3);
            (1..=longest)
                .find(|back| {
                    let tail = &bytes[bytes.len() - back..];
                    std::str::from_utf8(tail)
                        .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
                })
                .map_or(bytes.len(), |back| bytes.len() - back)
        }
    }
}

fn lines(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\t')) {
        text.push_str(&escaped(&rest[..at], usize::MAX));
        text.push(char::from(rest[at]));
        rest = &rest[at + 1..];
    }
    text + &escaped(rest, usize::MAX)
}

/// Says something of many lines on standard error, which may be gone: that must not be what ends the command.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr();
    let _ = match stderr.is_terminal() {
        true => stderr.write_all(lines(text.as_bytes()).as_bytes()),
        false => stderr.write_all(text.as_bytes()),
    };
}

/// Says one line on standard error: a name in it cannot make two of it.
pub(crate) fn say_line(line: &str) {
    let line = escaped_on_terminal(line);
    let _ = writeln!(io::stderr(), "{line}");
}

fn escaped_on_terminal(line: &str) -> String {
    match io::stderr().is_terminal() {
        true => escaped(line.as_bytes(), usize::MAX),
        false => line.to_owned(),
    }
}

/// Whether these bytes hold anything a terminal must not be shown.
pub(crate) fn is_hidden(text: &[u8]) -> bool {
    std::str::from_utf8(text).map_or(true, |text| text.chars().any(is_unprintable))
}

/// Standard error for log records, each of which comes in one write.
#[derive(Debug)]
pub(crate) struct Records;

impl Write for Records {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr();
        if stderr.is_terminal() {
            let line = record.strip_suffix(b"\n").unwrap_or(record);
            writeln!(stderr, "{}", escaped(line, usize::MAX))?;
        } else {
            stderr.write_all(record)?;
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_tabs_stay_and_nothing_else_moves_the_cursor() {
        let shown = lines("a\tb\r\n\x1b[2J\u{9b}x\u{202e}\u{2028}\u{61c}\u{7f}é".as_bytes());
        assert_eq!(
            shown,
            "a\tb\\r\n\\u{1b}[2J\\u{9b}x\\u{202e}\\u{2028}\\u{61c}\\u{7f}é"
        );
    }

    #[test]
    fn it_does_not_matter_where_the_pieces_begin() {
        let hostile = "é\u{202e}\u{1f41a}\u{9b}x\n".as_bytes();
        let hostile = [hostile, b"\xff\xe2\x80", hostile, b"\xf0\x9f"].concat();
        let whole = lines(&hostile);
        for size in 1..hostile.len() {
            let mut pieces = Lines::default();
            let mut shown: String = hostile
                .chunks(size)
                .map(|piece| pieces.pass(piece))
                .collect();
            shown += &pieces.end();
            assert_eq!(shown, whole, "in pieces of {size}");
        }
    }
}
