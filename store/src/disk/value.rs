//! What rows hold: a payload and its checksum, and the head of an object.

use bytes::Bytes;
use objclass::{Fault, Timestamp};
use transaction::{Head, Tally};

use super::key::Table;

/// Bytes of the checksum at the end of every value.
pub(super) const CHECKSUM: usize = size_of::<u32>();

/// Appends the checksum: CRC-32C of the key and the payload, so that a payload under another row's key is found
/// too. CRC-32C because processors compute it at memory speed and it finds every burst of up to 32 bits; it is a
/// guard against failing hardware, not against forgery.
pub(crate) fn seal(key: &[u8], mut payload: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(key, &payload);
    // Not one byte more: the engine keeps rows in memory with whatever room they come with, and counts their bytes only.
    payload.reserve_exact(checksum.len());
    payload.extend_from_slice(&checksum);
    payload.shrink_to_fit();
    payload
}

fn checksum(key: &[u8], payload: &[u8]) -> [u8; CHECKSUM] {
    crc32c::crc32c_append(crc32c::crc32c(key), payload).to_le_bytes()
}

/// The payload of a value whose checksum holds.
///
/// # Errors
/// A fault that names the table and says what to do.
pub(super) fn unseal(table: Table, key: &[u8], value: Bytes) -> Result<Bytes, Fault> {
    let end = value.len().checked_sub(CHECKSUM);
    match end {
        Some(end) if checksum(key, &value[..end]) == value[end..] => Ok(value.slice(..end)),
        _ => Err(Fault::new(format!(
            "a row of table {} is damaged: its checksum does not match; restore the store from a backup",
            table.name()
        ))),
    }
}

/// The value of a row in [`Table::Heads`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadRow {
    /// The number the object's other rows are under: the version it was created with, so it is never used again.
    pub(crate) number: u64,
    pub(crate) head: Head,
    /// Every extent up to the end of the data is stored, those of nothing but zero bytes as well: one that is not
    /// there was lost. Objects that a release before format 2 made are never complete.
    pub(crate) complete: bool,
    /// The number the object's omap rows and its header are under: the object's, or that of the commit that took so many of
    /// them away that it was given a new one.
    pub(crate) omap: u64,
    /// How many rows were removed one by one under the omap number since it was given.
    pub(crate) omap_dead: u64,
    /// No omap key before this one lives under the omap number: a listing begins here. Empty: nothing is known.
    pub(crate) omap_first: Bytes,
    /// The first extent of a small object, which then has no row in [`Table::Data`]. Empty: look there.
    pub(crate) inline: Bytes,
}

/// Fields of a head row: eight little-endian words, in this order.
const WORDS: usize = 8;
const WORD: usize = size_of::<u64>();
/// Bytes of a head row's payload before the inline data.
const HEAD: usize = WORDS * WORD;
/// The bit of the size that says the object is [complete](HeadRow::complete). No object is that large.
const COMPLETE: u64 = 1 << 63;
/// The bit of the size that says that two more words follow, from format 3 on: the omap's number and its dead rows.
const GOES_ON: u64 = 1 << 62;
/// Bytes of them.
const MORE: usize = 2 * WORD;
/// The bit of the size that says that after these words comes the first key that may live, after its length.
const HAS_FIRST: u64 = 1 << 61;
/// Longest beginning of a key that is kept of it.
pub(super) const LONGEST_FIRST: usize = 1 << 10;
const LENGTH: usize = size_of::<u16>();

impl HeadRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let head = &self.head;
        let first = &self.omap_first[..self.omap_first.len().min(LONGEST_FIRST)];
        let has_first = !first.is_empty();
        let goes_on = has_first || self.omap != self.number || self.omap_dead > 0;
        let words: [u64; WORDS] = [
            self.number,
            head.version,
            head.mtime.0,
            head.size
                | flag(self.complete, COMPLETE)
                | flag(goes_on, GOES_ON)
                | flag(has_first, HAS_FIRST),
            head.xattrs.entries,
            head.xattrs.bytes,
            head.omap.entries,
            head.omap.bytes,
        ];
        let mut payload =
            Vec::with_capacity(HEAD + MORE + LENGTH + first.len() + self.inline.len() + CHECKSUM);
        for word in words {
            payload.extend_from_slice(&word.to_le_bytes());
        }
        if goes_on {
            payload.extend_from_slice(&self.omap.to_le_bytes());
            payload.extend_from_slice(&self.omap_dead.to_le_bytes());
        }
        if has_first {
            #[expect(clippy::cast_possible_truncation, reason = "it was cut to less")]
            payload.extend_from_slice(&(first.len() as u16).to_le_bytes());
            payload.extend_from_slice(first);
        }
        payload.extend_from_slice(&self.inline);
        payload
    }

    pub(crate) fn decode(payload: &Bytes) -> Result<HeadRow, Fault> {
        let words = payload.get(..HEAD).ok_or_else(malformed)?;
        let (words, _) = words.as_chunks::<WORD>();
        let &[
            number,
            version,
            mtime,
            size,
            xattrs,
            xattr_bytes,
            omap,
            omap_bytes,
        ] = words
        else {
            return Err(malformed());
        };
        let word = u64::from_le_bytes;
        let (omap_number, omap_dead, more_at) = match word(size) & GOES_ON {
            0 => (word(number), 0, HEAD),
            _ => match payload
                .get(HEAD..HEAD + MORE)
                .map(<[u8]>::as_chunks::<WORD>)
            {
                Some((&[omap, dead], _)) => (word(omap), word(dead), HEAD + MORE),
                _ => return Err(malformed()),
            },
        };
        let (omap_first, inline_at) = match word(size) & HAS_FIRST {
            0 => (Bytes::new(), more_at),
            _ => {
                let length = payload.get(more_at..).and_then(<[u8]>::first_chunk);
                let length = length.copied().map(u16::from_le_bytes);
                let from = more_at + LENGTH;
                let to = from + usize::from(length.ok_or_else(malformed)?);
                if to > payload.len() {
                    return Err(malformed());
                }
                (payload.slice(from..to), to)
            }
        };
        Ok(HeadRow {
            number: word(number),
            head: Head {
                version: word(version),
                mtime: Timestamp(word(mtime)),
                size: word(size) & !(COMPLETE | GOES_ON | HAS_FIRST),
                xattrs: Tally {
                    entries: word(xattrs),
                    bytes: word(xattr_bytes),
                },
                omap: Tally {
                    entries: word(omap),
                    bytes: word(omap_bytes),
                },
            },
            complete: word(size) & COMPLETE != 0,
            omap: omap_number,
            omap_dead,
            omap_first,
            inline: payload.slice(inline_at..),
        })
    }
}

fn flag(is_set: bool, flag: u64) -> u64 {
    if is_set { flag } else { 0 }
}

/// What is said of an extent that must be there and is not.
pub(super) fn missing_extent(index: u32) -> Fault {
    Fault::new(format!(
        "extent {index} of the object's data is missing; restore the store from a backup"
    ))
}

fn malformed() -> Fault {
    Fault::new("a head row is too short; restore the store from a backup")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_a_swapped_row_is_found() {
        let sealed = seal(b"key", b"payload".to_vec());
        let open = |key: &[u8], value: Vec<u8>| unseal(Table::Data, key, Bytes::from(value));
        assert_eq!(open(b"key", sealed.clone()).unwrap(), &b"payload"[..]);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(b"key", flipped).is_err(), "bit {bit}");
        }
        assert!(open(b"kez", sealed.clone()).is_err());
        for length in 0..sealed.len() {
            assert!(open(b"key", sealed[..length].to_vec()).is_err());
        }
    }

    #[test]
    fn a_sealed_value_has_no_room_behind_it() {
        for room in [0, 1, 4, 5, 20_000] {
            let mut payload = Vec::with_capacity(1000 + room);
            payload.resize(1000, 1);
            let sealed = seal(b"key", payload);
            assert_eq!(sealed.capacity(), sealed.len());
        }
    }

    #[test]
    fn heads_read_back() {
        for (inline, complete, omap, omap_dead, first) in [
            ("", false, 1, 0, ""),
            ("inline data", true, 1, 0, ""),
            ("inline data", true, 9, 0, ""),
            ("", true, 1, 9, ""),
            ("inline data", true, 1, 9, "key"),
            ("", true, 1, 0, "key"),
        ] {
            let row = HeadRow {
                number: 1,
                head: Head {
                    version: 2,
                    mtime: Timestamp(3),
                    size: 4,
                    xattrs: Tally {
                        entries: 5,
                        bytes: 6,
                    },
                    omap: Tally {
                        entries: 7,
                        bytes: 8,
                    },
                },
                complete,
                omap,
                omap_dead,
                omap_first: Bytes::from(first),
                inline: Bytes::from(inline),
            };
            let payload = Bytes::from(row.encode());
            let more = match (omap, omap_dead, first) {
                (1, 0, "") => 0,
                (_, _, "") => MORE,
                (_, _, first) => MORE + LENGTH + first.len(),
            };
            assert_eq!(payload.len(), HEAD + more + inline.len());
            assert_eq!(HeadRow::decode(&payload).unwrap(), row);
            assert!(HeadRow::decode(&payload.slice(..HEAD + more - 1)).is_err());
        }
    }
}
