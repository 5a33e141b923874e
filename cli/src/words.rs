//! The words of a line of `radula shell`.

use std::slice::Iter;

/// Splits a line into words as a POSIX shell does, without its expansions: `'…'` takes everything as it is, `"…"` and `\`
/// quote, `#` at the beginning of a word begins a comment. And as in `bash`, `$'…'` takes escapes: `\n`, `\t`, `\r`, `\e`,
/// `\\`, `\'`, `\"`, `\xNN` for a byte and `\uNNNN` for a character. Words are bytes, as keys are.
///
/// `None` if a quote is not closed, or an escape is none of these.
pub(crate) fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = line.iter();
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    while let Some(byte) = rest.next() {
        match byte {
            b' ' | b'\t' | b'\n' => words.extend(word.take()),
            b'#' if word.is_none() => break,
            b'\'' => plain(&mut rest, word.get_or_insert_default())?,
            b'"' => quoted(&mut rest, word.get_or_insert_default())?,
            b'$' if rest.as_slice().first() == Some(&b'\'') => {
                rest.next();
                escaped(&mut rest, word.get_or_insert_default())?;
            }
            b'\\' => match rest.next()? {
                b'\n' => {}
                byte => word.get_or_insert_default().push(*byte),
            },
            byte => word.get_or_insert_default().push(*byte),
        }
    }
    words.extend(word);
    Some(words)
}

/// The rest of `'…'`.
fn plain(rest: &mut Iter<'_, u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            b'\'' => return Some(()),
            byte => word.push(*byte),
        }
    }
}

/// The rest of `"…"`, in which a backslash quotes what would mean something there.
fn quoted(rest: &mut Iter<'_, u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            b'"' => return Some(()),
            b'\\' => match rest.next()? {
                b'\n' => {}
                byte @ (b'$' | b'`' | b'"' | b'\\') => word.push(*byte),
                byte => word.extend([b'\\', *byte]),
            },
            byte => word.push(*byte),
        }
    }
}

/// The rest of `$'…'`.
fn escaped(rest: &mut Iter<'_, u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            b'\'' => return Some(()),
            b'\\' => match rest.next()? {
                b'n' => word.push(b'\n'),
                b't' => word.push(b'\t'),
                b'r' => word.push(b'\r'),
                b'e' => word.push(0x1b),
                byte @ (b'\\' | b'\'' | b'"') => word.push(*byte),
                b'x' => word.push(u8::try_from(digits(rest, 2)?).ok()?),
                b'u' => {
                    let c = char::from_u32(digits(rest, 4)?)?;
                    word.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return None,
            },
            byte => word.push(*byte),
        }
    }
}

/// Exactly `count` hexadecimal digits.
fn digits(rest: &mut Iter<'_, u8>, count: usize) -> Option<u32> {
    (0..count).try_fold(0, |value, _| {
        let digit = char::from(*rest.next()?).to_digit(16)?;
        Some(value * 16 + digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        let words = split(line.as_bytes())?;
        Some(
            words
                .into_iter()
                .map(|word| String::from_utf8(word).unwrap())
                .collect(),
        )
    }

    #[test]
    fn escapes_name_every_byte_and_every_character() {
        assert_eq!(words(r"a $'b\nc' d$'\t'e").unwrap(), ["a", "b\nc", "d\te"]);
        assert_eq!(
            words(r#"$'\\\'\"\r\e' $'é\u00e9'"#).unwrap(),
            ["\\'\"\r\x1b", "éé"]
        );
        for byte in 0..=255 {
            let line = format!("put $'\\x{byte:02x}'");
            assert_eq!(split(line.as_bytes()).unwrap()[1], [byte]);
        }
        assert_eq!(words(r"$'' $a $ '$'x").unwrap(), ["", "$a", "$", "$x"]);
        for wrong in [
            r"$'a",
            r"$'\q'",
            r"$'\x4'",
            r"$'\xgg'",
            r"$'\ud800'",
            r"$'\",
        ] {
            assert_eq!(split(wrong.as_bytes()), None, "{wrong}");
        }
    }

    /// Without `$'…'` a line means what it means to `shlex`, whatever is in it.
    #[test]
    fn lines_are_split_as_another_splitter_does() {
        const PIECES: [&str; 11] = ["a", "b", " ", "\t", "'", "\"", "\\", "#", "$", "é", "`"];
        let mut state = 1_u32;
        let mut closed = 0;
        for _ in 0..20_000 {
            let line: String = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                PIECES[(state >> 16) as usize % PIECES.len()]
            })
            .take(12)
            .collect();
            if line.contains("$'") {
                continue;
            }
            let theirs = shlex::bytes::split(line.as_bytes());
            closed += usize::from(theirs.is_some());
            assert_eq!(split(line.as_bytes()), theirs, "{line:?}");
        }
        assert!(closed > 1000, "{closed}");
    }
}
