//! Guest text made safe to print, and how long it may be.

use std::fmt::{self, Write as _};

/// Longest name of a client's repeated in an error, in bytes: of a class, a method, a handler.
pub const MAX_NAME: usize = 128;

/// Longest message of a class that becomes part of an error or a listing, in bytes.
pub const MAX_MESSAGE: usize = 1024;

/// Longest text of one log record, in bytes.
pub const MAX_RECORD: usize = 4096;

/// What a text ends with that was too long.
const CUT: &str = " [cut]";

/// Escapes guest text for logs and error messages: one printable line of valid UTF-8, at most `max` bytes long. Of longer
/// text the line has the beginning and ends in `[cut]`; no escape is cut in two.
#[must_use]
pub fn escaped(text: &[u8], max: usize) -> String {
    let mut line = Line {
        text: String::with_capacity(text.len().min(max)),
        fits: 0,
        max,
    };
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let is_within = if is_unprintable(c) {
                line.push(format_args!("{}", c.escape_default()))
            } else {
                line.push_char(c)
            };
            if !is_within {
                return line.cut();
            }
        }
        for byte in chunk.invalid() {
            if !line.push(format_args!("\\x{byte:02x}")) {
                return line.cut();
            }
        }
    }
    line.text
}

/// A line in the making.
struct Line {
    text: String,
    /// As much of it as leaves room for the mark, up to a boundary between two pieces.
    fits: usize,
    max: usize,
}

impl Line {
    fn push_char(&mut self, c: char) -> bool {
        self.text.push(c);
        self.pushed()
    }

    fn push(&mut self, piece: fmt::Arguments<'_>) -> bool {
        let _infallible = self.text.write_fmt(piece);
        self.pushed()
    }

    /// Whether the line is no longer than it may be.
    fn pushed(&mut self) -> bool {
        if self.text.len() + CUT.len() <= self.max {
            self.fits = self.text.len();
        }
        self.text.len() <= self.max
    }

    fn cut(mut self) -> String {
        self.text.truncate(self.fits);
        if self.fits + CUT.len() <= self.max {
            self.text.push_str(CUT);
        }
        self.text
    }
}

/// Whether `c` does something to a terminal, or to the text around it, instead of being seen: control characters, line and
/// paragraph separators, and all format characters (general category Cf), among them every one that changes the direction
/// of text. Printed as they are they forge lines.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && is_format(c))
}

/// Unicode 17: categories Cf, Zl and Zp.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_printable_line() {
        let line = escaped(b"a\nb\x1b[31m\0\xff\xe2\x80\xae z", 1024);
        assert_eq!(line, r"a\nb\u{1b}[31m\u{0}\xff\u{202e} z");
        assert_eq!(
            escaped("caf\u{e9} \u{1f41a}".as_bytes(), 64),
            "caf\u{e9} \u{1f41a}"
        );
    }

    #[test]
    fn every_mark_that_changes_the_direction_of_text_is_escaped() {
        // Bidi_Control in PropList.txt, the separators, and marks that hide text.
        let marks = [
            '\u{61c}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{85}',
            '\u{9b}',
            '\u{feff}',
            '\u{200b}',
            '\u{2060}',
            '\u{ad}',
            '\u{e0041}',
        ];
        let overrides = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        for mark in marks.into_iter().chain(overrides) {
            let line = escaped(mark.to_string().as_bytes(), 64);
            assert!(
                line.is_ascii() && line.starts_with('\\'),
                "{mark:?}: {line}"
            );
        }
    }

    #[test]
    fn no_line_is_longer_than_it_may_be_and_no_escape_is_cut() {
        let hostile = "\u{202e}".repeat(1000);
        for text in [
            hostile.as_bytes(),
            &[0xff; 1000],
            &[b'x'; 1000],
            "\u{e9}".repeat(1000).as_bytes(),
        ] {
            for max in 0..100 {
                let line = escaped(text, max);
                assert!(line.len() <= max, "{max}: {line}");
                let kept = line.strip_suffix(CUT);
                assert_eq!(kept.is_some(), max >= CUT.len(), "{max}: {line}");
                let kept = kept.unwrap_or_default();
                assert!(
                    !kept.contains('\\') || kept.ends_with('}') || kept.ends_with("ff"),
                    "{max}: {line}"
                );
            }
        }
        assert_eq!(escaped(&[b'x'; 10], 10), "xxxxxxxxxx");
        assert_eq!(escaped(&[b'x'; 11], 10), "xxxx [cut]");
    }
}
