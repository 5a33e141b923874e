//! The position of an object in a listing, as clients send it back (`hobject`).

use super::{Malformed, Reader, Writer};

/// The snapshot number of the head: the object itself, not an earlier state of it.
pub(crate) const HEAD: u64 = u64::MAX - 1;

/// A position in the order of all objects of all pools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListCursor {
    pub(crate) key: Vec<u8>,
    pub(crate) name: Vec<u8>,
    pub(crate) snap: u64,
    pub(crate) hash: u32,
    pub(crate) max: bool,
    pub(crate) namespace: Vec<u8>,
    pub(crate) pool: i64,
}

impl ListCursor {
    /// Before every object.
    pub(crate) fn minimum() -> Self {
        Self {
            key: Vec::new(),
            name: Vec::new(),
            snap: 0,
            hash: 0,
            max: false,
            namespace: Vec::new(),
            pool: i64::MIN,
        }
    }

    /// After every object.
    pub(crate) fn maximum() -> Self {
        Self {
            max: true,
            ..Self::minimum()
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.block(4, 3, |writer| {
            writer
                .bytes(&self.key)
                .bytes(&self.name)
                .u64(self.snap)
                .u32(self.hash)
                .bool(self.max)
                .bytes(&self.namespace)
                .i64(self.pool);
        });
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (version, mut body) = reader.block(4)?;
        if version < 4 {
            return Err(Malformed("cursor: it is too old"));
        }
        Ok(Self {
            key: body.bytes()?.to_vec(),
            name: body.bytes()?.to_vec(),
            snap: body.u64()?,
            hash: body.u32()?,
            max: body.bool()?,
            namespace: body.bytes()?.to_vec(),
            pool: body.i64()?,
        })
    }
}
