//! Data in fixed extents: which rows a change of an object's data rewrites.
//!
//! An extent holds the bytes from its position to the last one written in it; what it lacks up to the object's size
//! is zero bytes. Invariants: no row holds bytes behind the object's size, or a later growth would show them again;
//! a complete object has a row for every extent, be it empty, so that one which vanished is missed. In an object made
//! before format 2 a missing extent is zero bytes.

use objclass::Fault;
use transaction::{Segment, Written};

use super::value::CHECKSUM;

/// The data rows of one object, as the planner sees them.
pub(super) struct Extents<F> {
    /// Bytes in a full extent.
    pub(super) size: u32,
    /// Bytes of data the object had.
    pub(super) old: u64,
    /// Whether the object is to have a row for every extent. It then had one for each so far.
    pub(super) complete: bool,
    /// Reads the stored bytes of one extent, empty when there is no row.
    pub(super) load: F,
}

/// What becomes of one extent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExtentChange {
    Set(u32, Vec<u8>),
    Remove(u32),
}

impl ExtentChange {
    fn index(&self) -> u32 {
        let (ExtentChange::Set(index, _) | ExtentChange::Remove(index)) = self;
        *index
    }
}

impl<F: FnMut(u32) -> Result<Vec<u8>, Fault>> Extents<F> {
    /// The rows that turn the old data into the new, in order of their position.
    pub(super) fn plan(mut self, written: &Written) -> Result<Vec<ExtentChange>, Fault> {
        let mut changes = Vec::new();
        let mut open: Option<(u32, Vec<u8>)> = None;
        // Old extents from here on hold bytes that are gone, unless a segment rewrites them first.
        let mut stale = match written.kept < self.old {
            true => self.index(written.kept),
            false => u32::MAX,
        };
        for (offset, segment) in &written.segments {
            let mut done = 0;
            while done < segment.length() {
                let position = offset + done;
                let index = self.index(position);
                let start = self.within(position);
                let length = u64::from(self.size - start).min(segment.length() - done);
                if open.as_ref().is_none_or(|(at, _)| *at != index) {
                    flush(&mut changes, open.take());
                    self.drop_stale(&mut changes, &mut stale, index, written.kept)?;
                    let whole = start == 0
                        && (length == u64::from(self.size) || position + length >= written.size);
                    let data = if whole {
                        Vec::with_capacity(usize::try_from(length).unwrap_or(0) + CHECKSUM)
                    } else {
                        self.kept(index, written.kept)?
                    };
                    open = Some((index, data));
                    stale = if stale == index { index + 1 } else { stale };
                }
                if let Some((_, data)) = &mut open {
                    patch(data, start as usize, segment, done, length);
                }
                done += length;
            }
        }
        flush(&mut changes, open);
        self.drop_stale(&mut changes, &mut stale, u32::MAX, written.kept)?;
        if self.complete {
            self.fill(&mut changes, written.size);
        }
        Ok(changes)
    }

    /// Gives every extent up to the end of the data a row: where one would go, an empty one stays, and so it is where
    /// the object grew over nothing.
    fn fill(&self, changes: &mut Vec<ExtentChange>, size: u64) {
        let end = self.count(size);
        for change in changes.iter_mut() {
            if let ExtentChange::Remove(index) = *change
                && index < end
            {
                *change = ExtentChange::Set(index, Vec::new());
            }
        }
        let mut given = changes.iter().map(ExtentChange::index).collect::<Vec<_>>();
        given.sort_unstable();
        let grown = (self.count(self.old)..end).filter(|index| given.binary_search(index).is_err());
        changes.extend(grown.map(|index| ExtentChange::Set(index, Vec::new())));
    }

    /// How many extents `size` bytes have.
    fn count(&self, size: u64) -> u32 {
        self.index(size.div_ceil(u64::from(self.size)) * u64::from(self.size))
    }

    /// Deals with the old extents before `until` whose bytes are gone or cut.
    fn drop_stale(
        &mut self,
        changes: &mut Vec<ExtentChange>,
        stale: &mut u32,
        until: u32,
        kept: u64,
    ) -> Result<(), Fault> {
        let end = until.min(self.index(self.old.saturating_sub(1)).saturating_add(1));
        while *stale < end {
            let data = self.kept(*stale, kept)?;
            changes.push(if data.is_empty() {
                ExtentChange::Remove(*stale)
            } else {
                ExtentChange::Set(*stale, data)
            });
            *stale += 1;
        }
        Ok(())
    }

    /// What is left of the old bytes of an extent.
    fn kept(&mut self, index: u32, kept: u64) -> Result<Vec<u8>, Fault> {
        let start = u64::from(index) * u64::from(self.size);
        if start >= kept.min(self.old) {
            return Ok(Vec::new());
        }
        let mut data = (self.load)(index)?;
        data.truncate(usize::try_from(kept - start).unwrap_or(usize::MAX));
        Ok(data)
    }

    /// The extent a position lies in. Quotas keep positions far below what 32 bits of 16 KiB extents hold.
    fn index(&self, position: u64) -> u32 {
        u32::try_from(position / u64::from(self.size)).unwrap_or(u32::MAX)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the remainder is below the extent's size, which is 32 bits"
    )]
    fn within(&self, position: u64) -> u32 {
        (position % u64::from(self.size)) as u32
    }
}

/// Writes `length` bytes of `segment`, from its `from`, into `data` at `start`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "both are positions in buffers that exist in memory"
)]
fn patch(data: &mut Vec<u8>, start: usize, segment: &Segment, from: u64, length: u64) {
    let (from, length) = (from as usize, length as usize);
    match segment {
        Segment::Bytes(bytes) => {
            if data.len() < start {
                data.resize(start, 0);
            }
            let piece = &bytes[from..from + length];
            let over = data.len().min(start + length);
            data[start..over].copy_from_slice(&piece[..over - start]);
            data.extend_from_slice(&piece[over - start..]);
        }
        // Zero bytes at the end need not be stored.
        Segment::Zero(_) if start + length >= data.len() => data.truncate(start),
        Segment::Zero(_) => data[start..start + length].fill(0),
    }
}

fn flush(changes: &mut Vec<ExtentChange>, open: Option<(u32, Vec<u8>)>) {
    if let Some((index, data)) = open {
        changes.push(if data.is_empty() {
            ExtentChange::Remove(index)
        } else {
            ExtentChange::Set(index, data)
        });
    }
}

#[cfg(test)]
mod tests;
