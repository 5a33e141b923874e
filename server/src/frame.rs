//! Frames of msgr2, revision 1.

mod checksums;
mod codec;
mod preamble;
mod reader;
mod tag;

use bytes::Bytes;

pub(crate) use codec::{Opener, Sealer};
use preamble::PREAMBLE;
pub(crate) use preamble::Preamble;
pub(crate) use reader::FrameReader;
pub(crate) use tag::Tag;

/// Most segments of a frame.
const SEGMENTS: usize = 4;

/// A frame as it came. Segments that are not there are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) tag: Tag,
    pub(crate) segments: [Bytes; SEGMENTS],
}

#[cfg(test)]
mod tests;
