//! The first 32 bytes of a frame: what it is and how long its segments are.

use super::{SEGMENTS, Tag, checksums::EPILOGUE};
use crate::wire::{Malformed, Reader, Writer, crc};

/// Bytes of a preamble.
pub(crate) const PREAMBLE: usize = 32;
/// Bytes of a message's header, its first segment.
const HEADER: usize = 41;
/// Most bytes of a control frame's payload.
const MAX_CONTROL: usize = 64 << 10;
/// Most bytes of a message's front: a request names its object, its steps and a few snapshots.
const MAX_FRONT: usize = 1 << 20;
/// Most bytes of a message's data: a request can carry a whole object.
pub(crate) const MAX_DATA: usize = 128 << 20;

/// What a frame is and how long its segments are. One that was decoded is within all limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preamble {
    tag: Tag,
    segments: u8,
    lengths: [u32; SEGMENTS],
}

impl Preamble {
    /// For segments of these lengths; empty ones at the end are left out.
    ///
    /// # Panics
    /// When a segment does not fit 32 bits, or there are more than four.
    pub(crate) fn new(tag: Tag, lengths: &[usize]) -> Self {
        let mut preamble = Self {
            tag,
            segments: 1,
            lengths: [0; SEGMENTS],
        };
        for (index, length) in (0u8..).zip(lengths) {
            preamble.lengths[usize::from(index)] =
                u32::try_from(*length).expect("a segment is shorter than 2^32 bytes");
            if *length > 0 {
                preamble.segments = index + 1;
            }
        }
        preamble
    }

    pub(crate) fn tag(&self) -> Tag {
        self.tag
    }

    pub(crate) fn segments(&self) -> usize {
        usize::from(self.segments)
    }

    pub(crate) fn length(&self, segment: usize) -> usize {
        usize::try_from(self.lengths[segment]).unwrap_or(usize::MAX)
    }

    /// Bytes of the frame after the preamble.
    pub(crate) fn body(&self) -> usize {
        let segments: usize = (0..self.segments()).map(|index| self.length(index)).sum();
        let sum_of_first = if self.lengths[0] > 0 { 4 } else { 0 };
        let epilogue = if self.segments > 1 { EPILOGUE } else { 0 };
        segments + sum_of_first + epilogue
    }

    pub(crate) fn encode(&self) -> [u8; PREAMBLE] {
        let mut writer = Writer::new();
        writer.u8(self.tag as u8).u8(self.segments);
        for (index, length) in self.lengths.iter().enumerate() {
            let alignment = match usize::from(self.segments) {
                used if index >= used => 0,
                _ if index == SEGMENTS - 1 => 4096,
                _ => 8,
            };
            writer.u32(*length).u16(alignment);
        }
        writer.u8(0).u8(0);
        let sum = crc(0, writer.as_slice());
        writer.u32(sum);
        let mut bytes = [0; PREAMBLE];
        bytes.copy_from_slice(writer.as_slice());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; PREAMBLE]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (tag, segments) = (reader.u8()?, reader.u8()?);
        let mut lengths = [0; SEGMENTS];
        for length in &mut lengths {
            *length = reader.u32()?;
            reader.u16()?;
        }
        let flags = reader.u8()?;
        reader.u8()?;
        if reader.u32()? != crc(0, &bytes[..PREAMBLE - 4]) {
            return Err(Malformed("preamble: its checksum does not match"));
        }
        let preamble = Self {
            tag: Tag::try_from(tag)?,
            segments,
            lengths,
        };
        let most = match preamble.tag {
            Tag::Message => [HEADER, MAX_FRONT, MAX_CONTROL, MAX_DATA],
            _ => [MAX_CONTROL, 0, 0, 0],
        };
        let counted = (1..=SEGMENTS).contains(&preamble.segments());
        if !counted || flags != 0 {
            return Err(Malformed("preamble: segments or flags"));
        }
        let fits = (0..SEGMENTS).all(|index| {
            let most = if index < preamble.segments() {
                most[index]
            } else {
                0
            };
            preamble.length(index) <= most
        });
        if !fits {
            return Err(Malformed("preamble: a segment is longer than allowed"));
        }
        if preamble.tag == Tag::Message && preamble.length(0) != HEADER {
            return Err(Malformed("preamble: the header's length"));
        }
        Ok(preamble)
    }
}
