//! Messages: what the two sides say to each other once they are connected.

use bytes::Bytes;

use crate::{
    frame::Frame,
    wire::{Malformed, Reader, Writer},
};

/// What every message has without being asked: important enough not to wait.
const PRIORITY: u16 = 127;

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) kind: u16,
    /// Of the kind's encoding.
    pub(crate) version: u16,
    /// The sender's number for it; an answer carries the same.
    pub(crate) tid: u64,
    pub(crate) front: Bytes,
    pub(crate) data: Bytes,
}

impl Incoming {
    pub(crate) fn read(frame: Frame) -> Result<Self, Malformed> {
        let [header, front, _, data] = frame.segments;
        let mut header = Reader::new(&header);
        header.u64()?;
        let (tid, kind, _priority, version) =
            (header.u64()?, header.u16()?, header.u16()?, header.u16()?);
        Ok(Self {
            kind,
            version,
            tid,
            front,
            data,
        })
    }
}

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) kind: u16,
    /// Of the encoding, and the oldest a reader must know.
    pub(crate) version: (u16, u16),
    pub(crate) tid: u64,
    pub(crate) front: Vec<u8>,
    /// In pieces that are not copied together.
    pub(crate) data: Vec<Bytes>,
}

impl Outgoing {
    /// A message whose front `write` writes.
    pub(crate) fn new(
        kind: u16,
        version: (u16, u16),
        tid: u64,
        write: impl FnOnce(&mut Writer),
    ) -> Self {
        let mut front = Writer::new();
        write(&mut front);
        Self {
            kind,
            version,
            tid,
            front: front.into_vec(),
            data: Vec::new(),
        }
    }

    pub(crate) fn with_data(mut self, data: impl Into<Bytes>) -> Self {
        self.data.push(data.into());
        self
    }

    /// The header of the message as the `seq`th of its connection.
    pub(crate) fn header(&self, seq: u64) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(seq).u64(self.tid).u16(self.kind).u16(PRIORITY);
        writer.u16(self.version.0).u32(0).u16(0);
        // Nothing is acknowledged on a lossy connection.
        writer.u64(0).u8(1).u16(self.version.1).u16(0);
        writer.into_vec()
    }
}
