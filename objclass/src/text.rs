//! Guest text made safe to print.

/// Escapes guest text for logs and error messages: one printable line of valid UTF-8, cut to `max` bytes first.
#[must_use]
pub fn escaped(text: &[u8], max: usize) -> String {
    let cut = &text[..text.len().min(max)];
    let mut line = String::with_capacity(cut.len());
    for chunk in cut.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || is_bidi(c) {
                line.extend(c.escape_default())
            } else {
                line.push(c)
            }
        }
        for byte in chunk.invalid() {
            line.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if text.len() > max {
        line.push_str(" [cut]");
    }
    line
}

/// Line separators and direction overrides: not control characters, but they forge log lines all the same.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_printable_line() {
        let line = escaped(b"a\nb\x1b[31m\0\xff\xe2\x80\xae z", 1024);
        assert_eq!(line, r"a\nb\u{1b}[31m\u{0}\xff\u{202e} z");
        assert_eq!(escaped(&[b'x'; 10], 4), "xxxx [cut]");
    }
}
