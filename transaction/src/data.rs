//! Buffered data: disjoint segments over the committed bytes.

use bytes::{Bytes, BytesMut};
use objclass::{ObjectError, Work};

use crate::{
    Snapshot,
    undo::{Mark, Undoable},
};

/// Largest segment that appends grow; beyond it the entry's overhead does not matter.
const MERGED: usize = 64 << 10;

/// What each piece a read is put together from costs, in bytes that are read.
const PIECE: usize = 256;

/// A run of new data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These bytes.
    Bytes(Bytes),
    /// So many zero bytes.
    Zero(u64),
}

impl Segment {
    /// How many bytes it covers.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::Zero(length) => *length,
        }
    }

    /// The part `from..to`, counted from the segment's start; `from <= to <= length`.
    fn part(&self, from: u64, to: u64) -> Segment {
        match self {
            Segment::Bytes(bytes) => Segment::Bytes(bytes.slice(index(from)..index(to))),
            Segment::Zero(_) => Segment::Zero(to - from),
        }
    }
}

/// Offsets inside buffers that exist in memory.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is a position inside a buffer in memory, so it fits usize"
)]
fn index(position: u64) -> usize {
    position as usize
}

/// The new data of one object, by start offset.
///
/// Invariant: segments are disjoint and none is empty. A write costs its own bytes and the segments it covers,
/// never the object.
#[derive(Debug, Default)]
pub(crate) struct DataOverlay {
    segments: Undoable<u64, Segment>,
}

impl DataOverlay {
    /// Puts `segment` at `start` over whatever is there. `start + segment.length()` does not overflow.
    pub(crate) fn put(&mut self, start: u64, segment: Segment) {
        let length = segment.length();
        if length == 0 {
            return;
        }
        self.carve(start, start + length);
        let Err(segment) = self.extend(start, segment) else {
            return;
        };
        self.segments.insert(start, segment);
    }

    /// Appends a small segment to the one that ends where it begins, so that a loop of small appends costs its bytes
    /// and not a map entry each. Hands the segment back where that would copy what is there.
    fn extend(&mut self, start: u64, segment: Segment) -> Result<(), Segment> {
        let Segment::Bytes(bytes) = segment else {
            return Err(segment);
        };
        let before = self.segments.map().range(..start).next_back();
        let at = match before {
            Some((&at, Segment::Bytes(before)))
                if at + before.len() as u64 == start
                    && before.len() + bytes.len() <= MERGED
                    && !self.segments.is_recording() =>
            {
                at
            }
            _ => return Err(Segment::Bytes(bytes)),
        };
        let Some(Segment::Bytes(before)) = self.segments.remove(&at) else {
            return Err(Segment::Bytes(bytes));
        };
        // A buffer the guest's host still holds is not ours to grow.
        let (merged, result) = match before.try_into_mut() {
            Ok(mut before) => {
                before.extend_from_slice(&bytes);
                (before.freeze(), Ok(()))
            }
            Err(before) => (before, Err(Segment::Bytes(bytes))),
        };
        self.segments.insert(at, Segment::Bytes(merged));
        result
    }

    /// Drops everything from `size` on.
    pub(crate) fn truncate(&mut self, size: u64) {
        self.carve(size, u64::MAX);
    }

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
    }

    /// Makes `start..end` free, keeping the outer parts of segments that cross its edges.
    fn carve(&mut self, start: u64, end: u64) {
        if self.segments.map().is_empty() {
            return;
        }
        let before = self.segments.map().range(..start).next_back();
        if let Some((&at, segment)) = before
            && at + segment.length() > start
        {
            let stop = at + segment.length();
            let segment = segment.clone();
            self.segments.insert(at, segment.part(0, start - at));
            if stop > end {
                self.segments.insert(end, segment.part(end - at, stop - at));
                return;
            }
        }
        while let Some((&at, _)) = self.segments.map().range(start..end).next() {
            let Some(segment) = self.segments.remove(&at) else {
                break;
            };
            let stop = at + segment.length();
            if stop > end {
                self.segments.insert(end, segment.part(end - at, stop - at));
            }
        }
    }

    /// The bytes `start..end`, with the first `kept` bytes of `base` beneath and zero bytes after them. The
    /// caller has clipped the range to the object's size, which the quota bounds.
    pub(crate) fn read(
        &self,
        start: u64,
        end: u64,
        kept: u64,
        base: &dyn Snapshot,
        work: &mut Work,
    ) -> Result<Bytes, ObjectError> {
        let map = self.segments.map();
        let first = map.range(..=start).next_back();
        if let Some((&at, Segment::Bytes(bytes))) = first
            && at + bytes.len() as u64 >= end
        {
            return Ok(bytes.slice(index(start - at)..index(end - at)));
        }
        let first = match first {
            Some((&at, segment)) if at + segment.length() > start => at,
            _ => start,
        };
        let mut pieces = map.range(first..end).peekable();
        if pieces.peek().is_none() && end <= kept {
            return base.read(start, end - start, work);
        }
        let mut out = BytesMut::with_capacity(index(end - start));
        let mut position = start;
        for (&at, segment) in pieces {
            // A piece costs as much as the bytes of a larger one, however small it is.
            work.read_in_vain(PIECE)?;
            work.step()?;
            beneath(&mut out, position, at, kept, base, work)?;
            position = position.max(at);
            let stop = (at + segment.length()).min(end);
            match segment.part(position - at, stop - at) {
                Segment::Bytes(bytes) => out.extend_from_slice(&bytes),
                Segment::Zero(length) => out.resize(out.len() + index(length), 0),
            }
            position = stop;
        }
        beneath(&mut out, position, end, kept, base, work)?;
        Ok(out.freeze())
    }

    /// The same changes, of which nothing is to be undone.
    pub(crate) fn copy(&self, work: &mut Work) -> Result<Self, ObjectError> {
        Ok(Self {
            segments: self.segments.copy(work)?,
        })
    }

    pub(crate) fn mark(&mut self) -> Mark {
        self.segments.mark()
    }

    pub(crate) fn undo_to(&mut self, mark: Mark) {
        self.segments.undo_to(mark);
    }

    pub(crate) fn settle(&mut self) {
        self.segments.settle();
    }

    pub(crate) fn into_segments(self) -> Vec<(u64, Segment)> {
        self.segments.into_map().into_iter().collect()
    }
}

/// Appends `start..end` of what lies beneath the segments.
fn beneath(
    out: &mut BytesMut,
    start: u64,
    end: u64,
    kept: u64,
    base: &dyn Snapshot,
    work: &mut Work,
) -> Result<(), ObjectError> {
    if start >= end {
        return Ok(());
    }
    let stop = end.min(kept);
    if start < stop {
        out.extend_from_slice(&base.read(start, stop - start, work)?);
    }
    let zeros = end - start.max(stop).min(end);
    out.resize(out.len() + index(zeros), 0);
    Ok(())
}
