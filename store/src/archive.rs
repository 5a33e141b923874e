//! Archives: a whole store in one stream of bytes. What lies where is in `docs/format.md`.
//!
//! An archive holds objects, not rows: it does not depend on the format of the store it came from or goes to. It is
//! written and read in one pass, in memory for one value.

mod bounds;
mod error;
pub(crate) mod read;
pub(crate) mod record;
mod write;

use std::fmt;

use transaction::Quotas;

use self::read::Reader;
pub use self::{
    error::{ArchiveError, BackupError, RestoreError},
    write::backup,
};

/// What an archive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveSummary {
    /// Objects.
    pub objects: u64,
    /// Bytes of data they have, holes included.
    pub bytes: u64,
    /// The last version the store had given.
    pub last_version: u64,
    /// Bytes of the archive itself.
    pub length: u64,
    /// Digest of everything in the archive. Two stores with the same digest hold the same.
    pub digest: ArchiveDigest,
}

/// BLAKE3 of an archive's content. Written in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveDigest(pub [u8; 32]);

impl fmt::Display for ArchiveDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// Reads a whole archive and checks that it is one: every record, their order, the digest, the end, and that nothing in it is
/// larger than `quotas` or their defaults allow.
///
/// # Errors
/// [`ArchiveError`] says what is wrong, and where.
pub fn verify_archive(
    from: &mut dyn std::io::Read,
    quotas: &Quotas,
) -> Result<ArchiveSummary, ArchiveError> {
    let mut reader = Reader::open(from, quotas)?;
    while reader.next()?.is_some() {}
    reader.summary()
}

#[cfg(test)]
mod tests;
