//! Bytes as printable words, the encoding of case files and of class `actor`.
//!
//! `%00` is a byte in hex; in actions `-` alone is the empty word and `x*3` is `xxx`. Case files use only the
//! hex form, so that text stays readable in them and every byte can be written.

/// The bytes `text` stands for: `%` and two hex digits are one byte, everything else stands for itself.
///
/// # Errors
/// A text when a `%` is not followed by two hex digits.
pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        let digits = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(byte) = digits else {
            return Err(format!(
                "`%` needs two hex digits after it in {text:?}; a percent sign is %25"
            ));
        };
        bytes.push(byte);
        rest = &tail[2..];
    }
    Ok(bytes)
}

/// `bytes` as one word of an action or of an actor's answer.
#[must_use]
pub fn word(bytes: &[u8]) -> String {
    match bytes {
        b"" => return "-".into(),
        b"-" => return "%2d".into(),
        _ => {}
    }
    let mut word = String::with_capacity(bytes.len());
    for &byte in bytes {
        if matches!(byte, b'!'..=b'~') && byte != b'%' && byte != b'*' {
            word.push(char::from(byte));
        } else {
            word.push_str(&format!("%{byte:02x}"));
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_a_round_trip() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&word(&all)).unwrap(), all);
        assert_eq!(word(b""), "-");
        assert_eq!(word(b"-"), "%2d");
        assert_eq!(bytes("a%00b").unwrap(), b"a\0b");
    }

    #[test]
    fn a_lone_percent_sign_is_an_error() {
        for bad in ["%", "100%", "%4", "%zz", "%+1"] {
            assert!(bytes(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
