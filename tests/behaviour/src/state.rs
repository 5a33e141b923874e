//! An object as a value: what cases set up, what suites compare.

use std::{collections::BTreeMap, fmt};

use crate::word::word;

/// Everything an object holds. A missing object is `None` of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectState {
    /// The data.
    pub data: Vec<u8>,
    /// Xattrs by name.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Omap entries by key.
    pub omap: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The omap header.
    pub header: Vec<u8>,
}

impl fmt::Display for ObjectState {
    /// One line a part, long values cut to their length and digest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  data   {}", shortened(&self.data))?;
        for (name, value) in &self.xattrs {
            writeln!(f, "  xattr  {}={}", shortened(name), shortened(value))?;
        }
        for (key, value) in &self.omap {
            writeln!(f, "  omap   {}={}", shortened(key), shortened(value))?;
        }
        write!(f, "  header {}", shortened(&self.header))
    }
}

/// `bytes` as a word, or their length and digest when that would fill the screen.
#[must_use]
pub fn shortened(bytes: &[u8]) -> String {
    const MAX: usize = 200;
    if bytes.len() <= MAX {
        word(bytes)
    } else {
        let digest = blake3::hash(bytes).to_hex();
        format!("<{} bytes, {}>", bytes.len(), &digest[..16])
    }
}

/// A missing or present object, for messages.
#[must_use]
pub fn described(state: Option<&ObjectState>) -> String {
    state.map_or_else(|| "  (missing)".into(), ToString::to_string)
}
