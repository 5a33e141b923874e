//! How frames are protected on the wire, chosen when a connection is authenticated: with checksums, so far.

use bytes::Bytes;

use super::{Frame, PREAMBLE, Preamble, Tag, checksums};
use crate::wire::Malformed;

/// Makes frames of one direction of a connection, in the order they are sent.
#[derive(Debug)]
pub(crate) enum Sealer {
    Checksums,
}

impl Sealer {
    /// Appends a frame of one segment to `out`.
    pub(crate) fn control(&mut self, out: &mut Vec<u8>, tag: Tag, payload: &[u8]) {
        match self {
            Sealer::Checksums => out.extend_from_slice(&checksums::control(tag, payload)),
        }
    }

    /// Appends a message to `out`. `Some` when its data, which is not copied, has to follow, and then what is returned.
    pub(crate) fn message(
        &mut self,
        out: &mut Vec<u8>,
        header: &[u8],
        front: &[u8],
        data: &[Bytes],
    ) -> Option<Vec<u8>> {
        match self {
            Sealer::Checksums => Some(checksums::message(out, header, front, data)),
        }
    }
}

/// Takes the frames of the other direction apart, in the order they come.
#[derive(Debug)]
pub(crate) enum Opener {
    Checksums,
}

impl Opener {
    /// Bytes with which a frame begins and which say how long it is.
    pub(super) fn head(&self) -> usize {
        match self {
            Opener::Checksums => PREAMBLE,
        }
    }

    /// Reads them; called once for each frame.
    pub(super) fn open_head(&mut self, head: &[u8]) -> Result<Preamble, Malformed> {
        match self {
            Opener::Checksums => {
                let bytes = head.try_into().map_err(|_| Malformed("preamble"))?;
                Preamble::decode(bytes)
            }
        }
    }

    /// Bytes of the frame after its head.
    pub(super) fn body(&self, preamble: &Preamble) -> usize {
        match self {
            Opener::Checksums => preamble.body(),
        }
    }

    /// Takes the rest of the frame apart. `None` is one that its sender gave up.
    pub(super) fn open_body(
        &mut self,
        preamble: &Preamble,
        body: Bytes,
    ) -> Result<Option<Frame>, Malformed> {
        match self {
            Opener::Checksums => checksums::take_apart(preamble, body),
        }
    }
}
