//! The store's own header file: which format, which extent size. Checked before the engine touches anything.

/// The format this release writes. A store with a newer one is refused; one with an older one is read, and becomes one
/// of this format when it is opened.
///
/// 1: the first. 2: complete objects. 3: omaps with numbers of their own, and garbage.
pub(super) const FORMAT: u32 = 3;

/// Bytes of data in one extent.
///
/// What a one-byte write costs, twice (journal and table), against what a row costs beyond its data (key, checksum
/// and index, about 60 bytes and a microsecond). At 16 KiB a 4 KiB overwrite writes 16 KiB, a 1 MiB write is 64
/// rows, and the overhead of a large object is under half a percent. It is recorded in the header, so a later
/// release can choose another for new stores.
pub(super) const EXTENT: u32 = 16 << 10;

const MAGIC: &[u8; 16] = b"radula store\r\n\x1a\0";

// Each field begins where the one before it ends.
const FORMAT_AT: usize = MAGIC.len();
const EXTENT_AT: usize = FORMAT_AT + size_of::<u32>();
const CHECKSUM_AT: usize = EXTENT_AT + size_of::<u32>();
/// Bytes of the file. A later format may append fields; the first three never move.
const LENGTH: usize = CHECKSUM_AT + size_of::<u32>();

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) extent: u32,
}

/// Why a header was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeaderRefused {
    Foreign,
    Newer { found: u32 },
    Damaged { what: &'static str },
}

impl Header {
    /// The header of a new store.
    pub(super) const NEW: Header = Header {
        format: FORMAT,
        extent: EXTENT,
    };

    /// The same store in this release's format.
    pub(super) fn upgraded(self) -> Header {
        Header {
            format: FORMAT,
            ..self
        }
    }

    pub(super) fn encode(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..FORMAT_AT].copy_from_slice(MAGIC);
        bytes[FORMAT_AT..EXTENT_AT].copy_from_slice(&self.format.to_le_bytes());
        bytes[EXTENT_AT..CHECKSUM_AT].copy_from_slice(&self.extent.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Header, HeaderRefused> {
        let word = |at: usize| {
            let word = bytes.get(at..)?.first_chunk()?;
            Some(u32::from_le_bytes(*word))
        };
        if !bytes.starts_with(MAGIC) {
            return Err(HeaderRefused::Foreign);
        }
        let damaged = |what| HeaderRefused::Damaged { what };
        let format = word(FORMAT_AT).ok_or(damaged("the header is cut off"))?;
        // Before the checksum: a newer header may be longer and end with another one.
        if format > FORMAT {
            return Err(HeaderRefused::Newer { found: format });
        }
        if bytes.len() != LENGTH {
            return Err(damaged("the header has the wrong length"));
        }
        if word(CHECKSUM_AT) != Some(crc32c::crc32c(&bytes[..CHECKSUM_AT])) {
            return Err(damaged("the header's checksum does not match"));
        }
        match word(EXTENT_AT) {
            Some(extent) if extent > 0 && format > 0 => Ok(Header { format, extent }),
            _ => Err(damaged("the header makes no sense")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_every_flipped_bit_is_refused() {
        let bytes = Header::NEW.encode();
        assert_eq!(Header::decode(&bytes), Ok(Header::NEW));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&flipped).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Header::decode(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_newer_format_is_named_even_if_its_header_is_longer() {
        let mut bytes = Header::NEW.encode().to_vec();
        bytes[FORMAT_AT] = 9;
        bytes.extend_from_slice(b"more fields");
        assert_eq!(
            Header::decode(&bytes),
            Err(HeaderRefused::Newer { found: 9 })
        );
        assert_eq!(Header::decode(b"#!/bin/sh"), Err(HeaderRefused::Foreign));
    }
}
