//! The header and the records of an archive, as bytes. The prose is in `docs/format.md`.

use bytes::Bytes;
use objclass::{ObjectId, Timestamp};

/// The format this release writes.
pub(super) const FORMAT: u32 = 1;

const MAGIC: &[u8; 16] = b"radula backup\r\n\x1a";

// Each field begins where the one before it ends.
const FORMAT_AT: usize = MAGIC.len();
const VERSION_AT: usize = FORMAT_AT + size_of::<u32>();
const CHECKSUM_AT: usize = VERSION_AT + size_of::<u64>();
/// Bytes of the header.
pub(super) const HEADER: usize = CHECKSUM_AT + size_of::<u32>();

/// Bytes before a record's payload: its kind and its length.
pub(super) const PREFIX: usize = size_of::<u8>() + size_of::<u32>();
/// Bytes behind it: its checksum.
pub(super) const CHECKSUM: usize = size_of::<u32>();

/// Most bytes of data in one record, and what its offset is a multiple of.
pub(crate) const PIECE: u64 = 1 << 20;

/// The header, with its checksum, which begins the chain.
pub(super) fn header(last_version: u64) -> ([u8; HEADER], u32) {
    let mut bytes = [0; HEADER];
    bytes[..FORMAT_AT].copy_from_slice(MAGIC);
    bytes[FORMAT_AT..VERSION_AT].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[VERSION_AT..CHECKSUM_AT].copy_from_slice(&last_version.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    (bytes, checksum)
}

/// What a header says: format, last version, and the checksum it has and should have.
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) last_version: u64,
    pub(super) checksum: u32,
    pub(super) is_sound: bool,
}

pub(super) fn parse_header(bytes: &[u8; HEADER]) -> Option<Header> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let mut fields = Fields(&bytes[FORMAT_AT..]);
    let (format, last_version) = (fields.u32()?, fields.u64()?);
    let checksum = fields.u32()?;
    Some(Header {
        format,
        last_version,
        checksum,
        is_sound: checksum == crc32c::crc32c(&bytes[..CHECKSUM_AT]),
    })
}

/// The checksum of a record, in the chain: over that of the record before it, prefix and payload.
pub(super) fn chained(before: u32, prefix: &[u8], payload: &[u8]) -> u32 {
    let start = crc32c::crc32c(&before.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(start, prefix), payload)
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// An object begins.
    Object(ObjectRecord),
    /// Some of its data, at an offset.
    Data(u64, Bytes),
    /// One of its xattrs.
    Xattr(Bytes, Bytes),
    /// One of its omap entries.
    Omap(Bytes, Bytes),
    /// Its omap header.
    OmapHeader(Bytes),
    /// The archive ends: objects, bytes of data, digest.
    End(u64, u64, [u8; 32]),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectRecord {
    pub(crate) id: ObjectId,
    pub(crate) version: u64,
    pub(crate) mtime: Timestamp,
    pub(crate) size: u64,
}

const OBJECT: u8 = 1;
const DATA: u8 = 2;
const XATTR: u8 = 3;
const OMAP: u8 = 4;
const OMAP_HEADER: u8 = 5;
const END: u8 = 6;

impl Record {
    /// Kind and payload.
    pub(super) fn encode(&self, payload: &mut Vec<u8>) -> u8 {
        payload.clear();
        match self {
            Record::Object(object) => {
                for word in [object.version, object.mtime.0, object.size] {
                    payload.extend_from_slice(&word.to_le_bytes());
                }
                let id = &object.id;
                put(payload, id.pool.as_bytes());
                put(payload, id.namespace.as_bytes());
                payload.extend_from_slice(id.oid.as_bytes());
                OBJECT
            }
            Record::Data(offset, data) => {
                payload.extend_from_slice(&offset.to_le_bytes());
                payload.extend_from_slice(data);
                DATA
            }
            Record::Xattr(name, value) => {
                put(payload, name);
                payload.extend_from_slice(value);
                XATTR
            }
            Record::Omap(key, value) => {
                put(payload, key);
                payload.extend_from_slice(value);
                OMAP
            }
            Record::OmapHeader(header) => {
                payload.extend_from_slice(header);
                OMAP_HEADER
            }
            Record::End(objects, bytes, digest) => {
                payload.extend_from_slice(&objects.to_le_bytes());
                payload.extend_from_slice(&bytes.to_le_bytes());
                payload.extend_from_slice(digest);
                END
            }
        }
    }

    pub(super) fn decode(kind: u8, payload: &Bytes) -> Option<Record> {
        let mut fields = Fields(payload);
        Some(match kind {
            OBJECT => {
                let (version, mtime, size) = (fields.u64()?, fields.u64()?, fields.u64()?);
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
                Record::Object(ObjectRecord {
                    version,
                    mtime: Timestamp(mtime),
                    size,
                    id: ObjectId {
                        pool: text(fields.prefixed()?)?,
                        namespace: text(fields.prefixed()?)?,
                        oid: text(fields.0)?,
                    },
                })
            }
            DATA => {
                let offset = fields.u64()?;
                Record::Data(offset, payload.slice_ref(fields.0))
            }
            XATTR => {
                let name = payload.slice_ref(fields.prefixed()?);
                Record::Xattr(name, payload.slice_ref(fields.0))
            }
            OMAP => {
                let key = payload.slice_ref(fields.prefixed()?);
                Record::Omap(key, payload.slice_ref(fields.0))
            }
            OMAP_HEADER => Record::OmapHeader(payload.clone()),
            END => {
                let (objects, bytes) = (fields.u64()?, fields.u64()?);
                Record::End(objects, bytes, fields.0.try_into().ok()?)
            }
            _ => return None,
        })
    }
}

/// A field behind its length. Names and keys are far below what 32 bits count.
fn put(payload: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    payload.extend_from_slice(&length.to_le_bytes());
    payload.extend_from_slice(field);
}

/// What is left of a payload.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_a_short_one_is_none() {
        let bytes = Bytes::from_static;
        let records = [
            Record::Object(ObjectRecord {
                id: ObjectId {
                    pool: "p".into(),
                    namespace: String::new(),
                    oid: "o\0".into(),
                },
                version: 1,
                mtime: Timestamp(2),
                size: 3,
            }),
            Record::Data(1 << 20, bytes(b"data")),
            Record::Xattr(bytes(b"name"), bytes(b"")),
            Record::Omap(bytes(b"key"), bytes(b"value")),
            Record::OmapHeader(bytes(b"header")),
            Record::End(1, 2, [3; 32]),
        ];
        let mut payload = Vec::new();
        for record in records {
            let kind = record.encode(&mut payload);
            let payload = Bytes::from(payload.clone());
            assert_eq!(Record::decode(kind, &payload).as_ref(), Some(&record));
            assert_ne!(
                Record::decode(kind, &payload.slice(..2)).as_ref(),
                Some(&record)
            );
            assert_eq!(Record::decode(0, &payload), None);
        }
    }
}
