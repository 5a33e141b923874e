//! Objects in pieces: content gathered from a stream and stored at once, and one moment's content as a stream.

use std::io::{self, Read, Write};

use bytes::Bytes;
use objclass::Errno;

use crate::{
    IoCtx, Operation,
    error::{Cause, Error},
    reader::{ObjectReader, read_pieces},
};

impl IoCtx {
    /// Reads a stream to its end, then makes its bytes the whole content of the object, at once or not at all; returns
    /// how many there were. No writer waits meanwhile, however slow the stream is. The content is held in memory
    /// once, and never more of it than a quota allows.
    ///
    /// # Errors
    /// Errors of the stream. An [`Error`] of the object is the source of an [`io::Error`]: `EFBIG` when the stream
    /// is longer than `quotas.object_size`, else as [`write_full`](IoCtx::write_full).
    pub fn write_from(&self, oid: &str, from: impl Read) -> io::Result<u64> {
        self.gather(oid, from, |pieces| self.write_pieces(oid, pieces))
    }

    /// As [`write_from`](IoCtx::write_from), but adds the bytes at the end of the object.
    ///
    /// # Errors
    /// As [`write_from`](IoCtx::write_from).
    pub fn append_from(&self, oid: &str, from: impl Read) -> io::Result<u64> {
        self.gather(oid, from, |pieces| self.append_pieces(oid, pieces))
    }

    fn gather(
        &self,
        oid: &str,
        from: impl Read,
        store: impl FnOnce(Vec<Bytes>) -> Result<(), Error>,
    ) -> io::Result<u64> {
        let max = self.objects.max_size();
        let pieces = read_pieces(from, max)?;
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        if length > max {
            let refused = Error::from(Cause::Refused(Errno::EFBIG)).of_object(self.object(oid));
            return Err(io::Error::other(refused));
        }
        store(pieces).map_err(io::Error::other)?;
        Ok(length)
    }

    /// Makes `pieces`, one after the other, the whole content of the object, at once or not at all.
    ///
    /// # Errors
    /// As [`write_full`](IoCtx::write_full).
    pub fn write_pieces(
        &self,
        oid: &str,
        pieces: impl IntoIterator<Item = Bytes>,
    ) -> Result<(), Error> {
        self.begun_with(Operation::write_full, oid, pieces)
    }

    /// Adds `pieces` at the end of the object, at once or not at all. Without any, the object is still created.
    ///
    /// # Errors
    /// As [`append`](IoCtx::append).
    pub fn append_pieces(
        &self,
        oid: &str,
        pieces: impl IntoIterator<Item = Bytes>,
    ) -> Result<(), Error> {
        self.begun_with(Operation::append, oid, pieces)
    }

    /// The first piece by `begin`, the others added after it. Without any, `begin` gets an empty one.
    fn begun_with(
        &self,
        begin: fn(Operation, Bytes) -> Operation,
        oid: &str,
        pieces: impl IntoIterator<Item = Bytes>,
    ) -> Result<(), Error> {
        let mut pieces = pieces.into_iter();
        let first = pieces.next().unwrap_or_default();
        let operation = pieces.fold(begin(Operation::new(), first), Operation::append);
        self.all(oid, &operation)
    }

    fn all(&self, oid: &str, operation: &Operation) -> Result<(), Error> {
        self.operate(oid, operation)
            .map(drop)
            .map_err(Error::without_step)
    }

    /// Returns the object as it is now, as a stream. Later writes do not appear in it and do not wait for it.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist; `EIO` when the store cannot be read.
    pub fn reader(&self, oid: &str) -> Result<ObjectReader, Error> {
        self.objects
            .reader(self.object(oid))
            .map_err(|error| error.of_object(self.object(oid)))
    }

    /// Writes the object as it is now to a stream, piece by piece; returns how many bytes there were.
    ///
    /// # Errors
    /// Errors of the stream. An [`Error`] of [`reader`](IoCtx::reader) is the source of an [`io::Error`].
    pub fn read_into(&self, oid: &str, mut to: impl Write) -> io::Result<u64> {
        let mut reader = self.reader(oid).map_err(io::Error::other)?;
        let mut length = 0;
        loop {
            let piece = reader.piece().map_err(io::Error::other)?;
            if piece.is_empty() {
                return Ok(length);
            }
            to.write_all(&piece)?;
            length += piece.len() as u64;
        }
    }
}
