//! Words: bytes as printable text.

use alloc::{format, string::String, vec::Vec};

use radula_class::{Errno, Result};

/// The bytes a word stands for: `-` alone is none, `x*3` is `xxx`, `%00` is a byte in hex.
pub(crate) fn decode(word: &str) -> Vec<u8> {
    if word == "-" {
        return Vec::new();
    }
    if let Some((unit, times)) = word.rsplit_once('*')
        && let Ok(times) = times.parse()
    {
        return decode(unit).repeat(times);
    }
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%');
        let byte = hex
            .and_then(|hex| str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// The word for `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    match bytes {
        b"" => return "-".into(),
        b"-" => return "%2d".into(),
        _ => {}
    }
    let mut word = String::with_capacity(bytes.len());
    for &byte in bytes {
        if matches!(byte, b'!'..=b'~') && byte != b'%' && byte != b'*' {
            word.push(byte.into());
        } else {
            word.push_str(&format!("%{byte:02x}"));
        }
    }
    word
}

/// A decimal number.
pub(crate) fn number<T: core::str::FromStr>(word: &str) -> Result<T> {
    word.parse()
        .map_err(|_| Errno::EINVAL.because(format!("{word} is not a number here")))
}

/// `KEY=BYTES`.
pub(crate) fn pair(word: &str) -> (Vec<u8>, Vec<u8>) {
    let (key, value) = word.split_once('=').unwrap_or((word, ""));
    (decode(key), decode(value))
}
