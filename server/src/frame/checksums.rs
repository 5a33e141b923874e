//! Frames with checksums: a preamble, one to four segments, an epilogue.

use bytes::Bytes;

use super::{Frame, Preamble, SEGMENTS, Tag};
use crate::wire::{Malformed, crc};

/// Bytes of the epilogue of a frame with more than one segment.
pub(super) const EPILOGUE: usize = 13;
/// The low bits of an epilogue's status: the sender finished the frame.
const COMPLETE: u8 = 0xe;

/// A frame of one segment, as the bytes on the wire.
pub(super) fn control(tag: Tag, payload: &[u8]) -> Vec<u8> {
    let mut frame = Preamble::new(tag, &[payload.len()]).encode().to_vec();
    frame.extend_from_slice(payload);
    if !payload.is_empty() {
        frame.extend_from_slice(&crc(u32::MAX, payload).to_le_bytes());
    }
    frame
}

/// Appends a message to `out`: its header and front are copied, its data follows as `data` in pieces. Returns the
/// epilogue, to be sent after the data; empty when the frame ends with its front.
pub(super) fn message(out: &mut Vec<u8>, header: &[u8], front: &[u8], data: &[Bytes]) -> Vec<u8> {
    let data_length: usize = data.iter().map(Bytes::len).sum();
    let lengths = [header.len(), front.len(), 0, data_length];
    let preamble = Preamble::new(Tag::Message, &lengths);
    let several = preamble.segments() > 1;
    out.extend_from_slice(&preamble.encode());
    out.extend_from_slice(header);
    out.extend_from_slice(&crc(u32::MAX, header).to_le_bytes());
    out.extend_from_slice(front);
    let mut epilogue = Vec::new();
    if several {
        let of_data = data.iter().fold(u32::MAX, |sum, piece| crc(sum, piece));
        let sums = match (front.is_empty(), data_length) {
            (_, 0) => [crc(u32::MAX, front), 0, 0],
            (_, _) => [crc(u32::MAX, front), u32::MAX, of_data],
        };
        epilogue.push(COMPLETE);
        epilogue.extend(sums.into_iter().flat_map(u32::to_le_bytes));
    }
    epilogue
}

/// Takes a whole frame apart and checks its sums. `None` is a frame its sender gave up.
pub(super) fn take_apart(preamble: &Preamble, mut body: Bytes) -> Result<Option<Frame>, Malformed> {
    let mut segments = [const { Bytes::new() }; SEGMENTS];
    let count = preamble.segments();
    let short = Malformed("frame: it is too short");
    let mut cut = |length: usize| match length <= body.len() {
        true => Ok(body.split_to(length)),
        false => Err(short),
    };
    for (index, segment) in segments.iter_mut().enumerate().take(count) {
        *segment = cut(preamble.length(index))?;
        if index == 0 && !segment.is_empty() {
            let sum = cut(4)?;
            if sum[..] != crc(u32::MAX, segment).to_le_bytes() {
                return Err(Malformed("frame: a checksum does not match"));
            }
        }
    }
    if count > 1 {
        let epilogue = cut(EPILOGUE)?;
        if epilogue[0] & 0xf != COMPLETE {
            return Ok(None);
        }
        for index in 1..count {
            let sum = &epilogue[4 * index - 3..4 * index + 1];
            if *sum != crc(u32::MAX, &segments[index]).to_le_bytes() {
                return Err(Malformed("frame: a checksum does not match"));
            }
        }
    }
    Ok(Some(Frame {
        tag: preamble.tag(),
        segments,
    }))
}
