//! Method flags: what a method may do to its object.

use std::{fmt, str::FromStr};

use crate::text::MAX_NAME;

bitflags::bitflags! {
    /// What a method declares it does, and therefore all it may do. The bits are Ceph's `CLS_METHOD_RD` and
    /// `CLS_METHOD_WR`.
    ///
    /// Written `r`, `w` or `rw`. Every method has at least one.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct MethodFlags: u8 {
        /// May read data, xattrs and omap. Without it only `stat` answers.
        const RD = 0x1;
        /// May change the object. Without it every write answers `EPERM`.
        const WR = 0x2;
    }
}

/// A flag word other than `r`, `w` or `rw`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("method flags must be \"r\", \"w\" or \"rw\", not {given:?}")]
pub struct InvalidFlags {
    /// What was given, cut to a printable length.
    pub given: String,
}

impl FromStr for MethodFlags {
    type Err = InvalidFlags;

    fn from_str(word: &str) -> Result<Self, InvalidFlags> {
        match word {
            "r" => Ok(MethodFlags::RD),
            "w" => Ok(MethodFlags::WR),
            "rw" | "wr" => Ok(MethodFlags::RD | MethodFlags::WR),
            _ => Err(InvalidFlags {
                given: word.chars().take(MAX_NAME).collect(),
            }),
        }
    }
}

impl fmt::Display for MethodFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            match (
                self.contains(MethodFlags::RD),
                self.contains(MethodFlags::WR),
            ) {
                (true, true) => "rw",
                (true, false) => "r",
                (false, true) => "w",
                (false, false) => "-",
            },
        )
    }
}
