//! Objects in pieces: content gathered from a stream and stored at once, and one moment's content read as a stream.

use std::{
    fmt,
    io::{self, Read, Write},
};

use bytes::Bytes;
use objclass::{Errno, ObjectId};
use transaction::{Absent, Snapshot};

use crate::{
    IoCtx, Operation,
    engine::Objects,
    error::{Cause, Error},
};

/// Bytes of one piece.
const PIECE: usize = 1 << 20;

/// Bytes on their way into an object, in pieces that are stored as they are, without a second copy.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pieces: Vec<Bytes>,
    length: u64,
}

impl Content {
    /// Reads a stream to its end, but no more than `max` bytes and one: enough for a quota to refuse it.
    ///
    /// # Errors
    /// The stream's.
    pub fn read_from(from: &mut dyn Read, max: u64) -> io::Result<Self> {
        let mut content = Self::default();
        let mut from = from.take(max.saturating_add(1));
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            // Its own limit, or reading to the end would grow the piece.
            let read = (&mut from).take(PIECE as u64).read_to_end(&mut piece)?;
            if read == 0 {
                return Ok(content);
            }
            piece.shrink_to_fit();
            content.push(piece.into());
        }
    }

    /// Adds a piece at the end.
    pub fn push(&mut self, piece: Bytes) {
        self.length += piece.len() as u64;
        self.pieces.push(piece);
    }

    /// Bytes in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The operation that makes this the whole content of an object.
    fn write_full(self) -> Operation {
        let mut pieces = self.pieces.into_iter();
        let first = pieces.next().unwrap_or_default();
        pieces.fold(
            Operation::new().write_full_piece(first),
            |operation, piece| operation.append_piece(piece),
        )
    }

    fn append(self) -> Operation {
        let appends = |operation: Operation, piece| operation.append_piece(piece);
        match self.pieces.is_empty() {
            // An append of nothing still makes the object.
            true => Operation::new().append_piece(Bytes::new()),
            false => self.pieces.into_iter().fold(Operation::new(), appends),
        }
    }
}

/// One object as it was when the reader was made, as a stream. In memory is one piece.
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
    /// Bytes of the object's data.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next piece; empty at the end.
    ///
    /// # Errors
    /// The store cannot be read, or holds something else than was written.
    pub fn piece(&mut self) -> Result<Bytes, Error> {
        if self.piece.is_empty() && self.offset < self.size {
            let length = (self.size - self.offset).min(PIECE as u64);
            let read = self.snapshot.read(self.offset, length);
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

impl IoCtx {
    /// Makes `content` the whole content of the object, at once or not at all.
    ///
    /// # Errors
    /// Quotas.
    pub fn put(&self, oid: &str, content: Content) -> Result<(), Error> {
        self.operate(oid, &content.write_full())
            .map(drop)
            .map_err(Error::without_step)
    }

    /// Writes `content` behind the end of the object, at once or not at all.
    ///
    /// # Errors
    /// Quotas.
    pub fn append_content(&self, oid: &str, content: Content) -> Result<(), Error> {
        self.operate(oid, &content.append())
            .map(drop)
            .map_err(Error::without_step)
    }

    /// Reads a stream to its end, then makes what it had the whole content of the object, at once or not at all; returns
    /// how many bytes that are. Until then the object is held by nobody: a slow stream makes no writer wait. The content
    /// is held in memory once, and never more of it than a quota allows.
    ///
    /// # Errors
    /// Those of the stream, and as [`io::Error`] whose source is an [`Error`] those of the object.
    pub fn put_reader(&self, oid: &str, from: &mut dyn Read) -> io::Result<u64> {
        let max = self.engine.live().quotas.object_size;
        let content = Content::read_from(from, max)?;
        let length = content.len();
        if length > max {
            let refused = Error::from(Cause::Refused(Errno::EFBIG)).of_object(self.object(oid));
            return Err(io::Error::other(refused));
        }
        self.put(oid, content).map_err(io::Error::other)?;
        Ok(length)
    }

    /// The object as it is now, as a stream: writers that come meanwhile neither wait nor show.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn reader(&self, oid: &str) -> Result<ObjectReader, Error> {
        let open = || {
            let id = self.object(oid);
            store::check_id(&id)?;
            let Objects::Here(store) = self.engine.objects() else {
                // A cluster keeps no snapshot for us: one read is one moment.
                let piece = self.read(oid, 0, 0)?;
                let size = piece.len() as u64;
                return Ok(ObjectReader {
                    id,
                    snapshot: Box::new(Absent),
                    size,
                    offset: size,
                    piece,
                });
            };
            let snapshot = store.snapshot(&id)?;
            let head = snapshot.head()?.ok_or(Cause::NoObject)?;
            Ok(ObjectReader {
                id,
                snapshot,
                size: head.size,
                offset: 0,
                piece: Bytes::new(),
            })
        };
        open().map_err(|error: Error| error.of_object(self.object(oid)))
    }

    /// Writes the object as it is now to a stream, piece by piece; returns how many bytes that were.
    ///
    /// # Errors
    /// Those of the stream, and as [`io::Error`] whose source is an [`Error`] those of the object.
    pub fn get_writer(&self, oid: &str, to: &mut dyn Write) -> io::Result<u64> {
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
