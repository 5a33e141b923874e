//! The text of a chunk, checked before Lua sees it.

use std::ffi::CString;

use bytes::Bytes;
use objclass::{GuestLocation, OpenError};

/// Longest module, Ceph's `CLS_LUA_MAX_SIZE`. The same bound holds for scripts that come with a request.
pub(crate) const MAX_SIZE: usize = 1 << 20;

/// First byte of Lua's byte code.
const BYTE_CODE: u8 = 0x1b;

/// What a state is made from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    text: Bytes,
    /// The file name in messages.
    pub(crate) file: String,
    /// The file name as Lua wants it.
    chunk: CString,
}

impl Source {
    /// Checks `bytes`. A byte order mark is skipped, and so is a first line that begins with `#`, as the `lua`
    /// command does.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] for byte code and for text above [`MAX_SIZE`].
    pub(crate) fn new(bytes: Bytes, file: &str) -> Result<Source, OpenError> {
        let malformed = |message: String| OpenError::Malformed {
            message,
            location: Some(GuestLocation {
                file: file.to_owned(),
                line: 0,
            }),
        };
        if bytes.len() > MAX_SIZE {
            return Err(malformed(format!(
                "the text is {} bytes long, at most {MAX_SIZE} are accepted",
                bytes.len()
            )));
        }
        let mut text = bytes;
        if text.starts_with(b"\xef\xbb\xbf") {
            text = text.slice(3..);
        }
        if text.first() == Some(&b'#') {
            // The line end stays, so that line numbers are right.
            let end = text.iter().position(|&b| b == b'\n').unwrap_or(text.len());
            text = text.slice(end..);
        }
        if text.first() == Some(&BYTE_CODE) {
            return Err(malformed(
                "byte code is not accepted, only Lua source".to_owned(),
            ));
        }
        // `=` makes Lua print the name as it is. Names come from validated class names, so no NUL is lost here.
        let printable: String = file.chars().filter(|&c| c != '\0').collect();
        Ok(Source {
            text,
            file: file.to_owned(),
            chunk: CString::new(format!("={printable}")).unwrap_or_default(),
        })
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(crate) fn chunk(&self) -> &CString {
        &self.chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &'static [u8]) -> Bytes {
        Source::new(Bytes::from_static(bytes), "cls_x.lua")
            .unwrap()
            .text
    }

    #[test]
    fn a_mark_and_a_shebang_are_skipped_and_lines_keep_their_numbers() {
        assert_eq!(&text(b"\xef\xbb\xbfx = 1")[..], b"x = 1");
        assert_eq!(&text(b"#!/usr/bin/lua\nx = 1")[..], b"\nx = 1");
        assert_eq!(&text(b"#")[..], b"");
        assert_eq!(&text(b"")[..], b"");
    }

    #[test]
    fn byte_code_is_refused_wherever_it_hides() {
        for bytes in [&b"\x1bLua"[..], b"\xef\xbb\xbf\x1bLua"] {
            let error = Source::new(Bytes::from_static(bytes), "cls_x.lua").unwrap_err();
            assert!(error.to_string().contains("byte code"), "{error}");
        }
    }

    #[test]
    fn one_byte_above_the_limit_is_refused() {
        assert!(Source::new(vec![b' '; MAX_SIZE].into(), "cls_x.lua").is_ok());
        assert!(Source::new(vec![b' '; MAX_SIZE + 1].into(), "cls_x.lua").is_err());
    }
}
