//! Reads frames from a connection. Memory grows with what arrived, not with what a peer announces.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Frame, PREAMBLE, Preamble, Tag, take_apart};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// The receiving half of a connection.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    from: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(from: R) -> Self {
        Self {
            from,
            buffer: BytesMut::new(),
        }
    }

    /// The next `length` bytes, outside any frame.
    pub(crate) async fn bytes(&mut self, length: usize) -> io::Result<BytesMut> {
        self.fill(length).await?;
        Ok(self.buffer.split_to(length))
    }

    /// Waits for the preamble of the next frame and leaves it where it is. Can be cancelled.
    ///
    /// # Errors
    /// The connection's; a preamble that breaks the protocol.
    pub(crate) async fn preamble(&mut self) -> io::Result<Preamble> {
        self.fill(PREAMBLE).await?;
        let mut bytes = [0; PREAMBLE];
        bytes.copy_from_slice(&self.buffer[..PREAMBLE]);
        Preamble::decode(&bytes).map_err(io::Error::other)
    }

    /// The frame that `preamble` began; `None` when its sender gave it up. Can be cancelled.
    ///
    /// # Errors
    /// The connection's; a frame whose checksums do not match.
    pub(crate) async fn frame(&mut self, preamble: &Preamble) -> io::Result<Option<Frame>> {
        let length = PREAMBLE + preamble.body();
        self.fill(length).await?;
        let mut body = self.buffer.split_to(length).freeze();
        bytes::Buf::advance(&mut body, PREAMBLE);
        take_apart(preamble, body).map_err(io::Error::other)
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
