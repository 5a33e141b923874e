//! Reads frames from a connection. Memory grows with what arrived, not with what a peer announces.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Frame, Opener, Preamble, Tag};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// Most bytes a client may send before it is authenticated.
const LONGEST_RECORD: usize = 64 << 10;

/// The receiving half of a connection.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    from: R,
    buffer: BytesMut,
    opener: Opener,
    /// The preamble of the frame that is being read.
    begun: Option<Preamble>,
    /// Everything that was read so far, while that is recorded.
    record: Option<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(from: R) -> Self {
        Self {
            from,
            buffer: BytesMut::new(),
            opener: Opener::Checksums,
            begun: None,
            record: Some(Vec::new()),
        }
    }

    /// Everything that was read, which both sides sign. Nothing is recorded from now on.
    pub(crate) fn take_record(&mut self) -> Vec<u8> {
        self.record.take().unwrap_or_default()
    }

    /// Reads frames this way from now on.
    pub(crate) fn open_with(&mut self, opener: Opener) {
        self.opener = opener;
    }

    /// The next `length` bytes, outside any frame.
    pub(crate) async fn bytes(&mut self, length: usize) -> io::Result<Bytes> {
        self.fill(length).await?;
        self.cut(length)
    }

    /// Waits for the preamble of the next frame. Can be cancelled.
    ///
    /// # Errors
    /// The connection's; a preamble that breaks the protocol.
    pub(crate) async fn preamble(&mut self) -> io::Result<Preamble> {
        if let Some(begun) = self.begun {
            return Ok(begun);
        }
        let length = self.opener.head();
        self.fill(length).await?;
        let head = self.cut(length)?;
        let preamble = self.opener.open_head(&head).map_err(io::Error::other)?;
        self.begun = Some(preamble);
        Ok(preamble)
    }

    /// The frame that `preamble` began; `None` when its sender gave it up. Can be cancelled.
    ///
    /// # Errors
    /// The connection's; a frame whose checksums do not match.
    pub(crate) async fn frame(&mut self, preamble: &Preamble) -> io::Result<Option<Frame>> {
        let length = self.opener.body(preamble);
        self.fill(length).await?;
        let body = self.cut(length)?;
        self.begun = None;
        self.opener
            .open_body(preamble, body)
            .map_err(io::Error::other)
    }

    /// The next frame of a handshake: those are small, so that no room need be reserved.
    ///
    /// # Errors
    /// The connection's; a message, which nobody may send yet.
    pub(crate) async fn control(&mut self) -> io::Result<Frame> {
        loop {
            let preamble = self.preamble().await?;
            if preamble.tag() == Tag::Message {
                return Err(io::Error::other("a message before the session"));
            }
            if let Some(frame) = self.frame(&preamble).await? {
                return Ok(frame);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// The first bytes of the buffer, which are there.
    fn cut(&mut self, length: usize) -> io::Result<Bytes> {
        let bytes = self.buffer.split_to(length).freeze();
        if let Some(record) = &mut self.record {
            if record.len() + length > LONGEST_RECORD {
                return Err(io::Error::other("the handshake is too long"));
            }
            record.extend_from_slice(&bytes);
        }
        Ok(bytes)
    }

    /// Reads until `length` bytes are in the buffer.
    async fn fill(&mut self, length: usize) -> io::Result<()> {
        while self.buffer.len() < length {
            let missing = length - self.buffer.len();
            // As much again as has arrived: announcing a long frame costs its sender its bytes.
            let room = missing.min(self.buffer.len()).max(CHUNK);
            if self.buffer.capacity() - self.buffer.len() < missing.min(CHUNK) {
                self.buffer.reserve(room);
            }
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}
