//! One object at one moment, as a stream.

use std::{
    fmt,
    io::{self, Read},
};

use bytes::Bytes;
use objclass::{ObjectId, Work};
use transaction::{Absent, Snapshot};

use crate::error::Error;

/// Bytes of one piece of a stream.
const PIECE: usize = 1 << 20;

/// Reads a stream to its end, in pieces of 1 MiB, but at most `max` bytes and one more: enough for a quota to refuse
/// it. The pieces are stored as they are by [`write_pieces`](crate::IoCtx::write_pieces).
///
/// # Errors
/// Errors of the stream.
pub fn read_pieces(from: impl Read, max: u64) -> io::Result<Vec<Bytes>> {
    let mut pieces = Vec::new();
    let mut from = from.take(max.saturating_add(1));
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        // Its own limit, or reading to the end would grow the piece.
        let read = (&mut from).take(PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 {
            return Ok(pieces);
        }
        piece.shrink_to_fit();
        pieces.push(piece.into());
    }
}

/// One object as it was when the reader was made, as a stream. One piece of it is in memory at a time.
pub struct ObjectReader {
    id: ObjectId,
    snapshot: Box<dyn Snapshot>,
    size: u64,
    offset: u64,
    piece: Bytes,
}

impl fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader")
            .field("object", &self.id)
            .field("size", &self.size)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl ObjectReader {
    pub(crate) fn of_snapshot(id: ObjectId, snapshot: Box<dyn Snapshot>, size: u64) -> Self {
        Self {
            id,
            snapshot,
            size,
            offset: 0,
            piece: Bytes::new(),
        }
    }

    /// For an object that was read whole.
    #[cfg_attr(
        not(feature = "rados"),
        expect(dead_code, reason = "only a cluster keeps no snapshot")
    )]
    pub(crate) fn of_bytes(id: ObjectId, data: Bytes) -> Self {
        let size = data.len() as u64;
        Self {
            id,
            snapshot: Box::new(Absent),
            size,
            offset: size,
            piece: data,
        }
    }

    /// How many bytes of data the object has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the next piece; an empty one at the end.
    ///
    /// # Errors
    /// `EIO` when the store cannot be read, or holds something other than what was written.
    pub fn piece(&mut self) -> Result<Bytes, Error> {
        if self.piece.is_empty() && self.offset < self.size {
            let length = (self.size - self.offset).min(PIECE as u64);
            let read = self
                .snapshot
                .read(self.offset, length, &mut Work::unlimited());
            self.piece = read.map_err(|fault| Error::from(fault).of_object(self.id.clone()))?;
            self.offset += length;
        }
        Ok(std::mem::take(&mut self.piece))
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut piece = self.piece().map_err(io::Error::other)?;
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece.split_to(length));
        self.piece = piece;
        Ok(length)
    }
}
