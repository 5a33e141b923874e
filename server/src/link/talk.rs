//! What is said in a handshake: frames of one segment in turns, recorded until both sides sign them.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use crate::frame::{FrameReader, Opener, Sealer, Tag};

/// Both directions of a connection that has no session yet.
#[derive(Debug)]
pub(super) struct Talk<'a, R, W> {
    pub(super) from: &'a mut FrameReader<R>,
    to: &'a mut W,
    sealer: Sealer,
    /// Everything that was sent, until it is signed.
    sent: Option<Vec<u8>>,
}

impl<'a, R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Talk<'a, R, W> {
    pub(super) fn new(from: &'a mut FrameReader<R>, to: &'a mut W) -> Self {
        Self {
            from,
            to,
            sealer: Sealer::Checksums,
            sent: Some(Vec::new()),
        }
    }

    /// What was received and what was sent. Nothing is recorded from now on.
    pub(super) fn take_records(&mut self) -> (Vec<u8>, Vec<u8>) {
        (
            self.from.take_record(),
            self.sent.take().unwrap_or_default(),
        )
    }

    /// Makes and reads frames this way from now on.
    pub(super) fn protect(&mut self, sealer: Sealer, opener: Opener) {
        self.sealer = sealer;
        self.from.open_with(opener);
    }

    pub(super) fn into_sealer(self) -> Sealer {
        self.sealer
    }

    /// The payload of the next frame, which must be of this kind.
    pub(super) async fn expect(&mut self, tag: Tag) -> io::Result<Bytes> {
        let frame = self.from.control().await?;
        let [payload, ..] = frame.segments;
        match frame.tag == tag {
            true => Ok(payload),
            false => Err(unexpected(frame.tag)),
        }
    }

    pub(super) async fn send(&mut self, tag: Tag, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::new();
        self.sealer.control(&mut frame, tag, payload);
        self.send_raw(&frame).await
    }

    pub(super) async fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(sent) = &mut self.sent {
            sent.extend_from_slice(bytes);
        }
        self.to.write_all(bytes).await
    }
}

pub(super) fn unexpected(tag: Tag) -> io::Error {
    io::Error::other(format!("a frame {tag:?} where none may come"))
}
