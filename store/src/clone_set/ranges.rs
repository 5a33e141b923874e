//! Ranges of bytes that two states of an object have in common.

use std::ops::Range;

/// Ranges of bytes: sorted, none empty, none touching another. May say less than is so: beyond [`MOST`](Ranges::MOST)
/// the smallest are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// Most ranges that are kept.
    pub const MOST: usize = 1 << 10;

    /// The bytes before `size`.
    pub(super) fn whole(size: u64) -> Self {
        let mut ranges = Self::default();
        ranges.push(0, size);
        ranges
    }

    /// The ranges, in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }

    /// Takes `bytes` out.
    pub(super) fn remove(&mut self, bytes: &Range<u64>) {
        if bytes.is_empty() {
            return;
        }
        let from = self.0.partition_point(|range| range.end <= bytes.start);
        let to = self.0.partition_point(|range| range.start < bytes.end);
        let Some(touched) = self.0.get(from..to).filter(|touched| !touched.is_empty()) else {
            return;
        };
        let before = touched[0].start..bytes.start;
        let after = bytes.end..touched[touched.len() - 1].end;
        let left = [before, after]
            .into_iter()
            .filter(|range| !range.is_empty());
        self.0.splice(from..to, left);
        self.bound();
    }

    /// Keeps what is in `others` too.
    pub(super) fn keep(&mut self, others: &Ranges) {
        let mut both = Self::default();
        let (mut ours, mut theirs) = (self.0.iter().peekable(), others.0.iter().peekable());
        while let (Some(our), Some(their)) = (ours.peek(), theirs.peek()) {
            both.push(our.start.max(their.start), our.end.min(their.end));
            match our.end <= their.end {
                true => ours.next(),
                false => theirs.next(),
            };
        }
        both.bound();
        *self = both;
    }

    fn push(&mut self, start: u64, end: u64) {
        if start < end {
            self.0.push(start..end);
        }
    }

    fn bound(&mut self) {
        while self.0.len() > Self::MOST {
            let length = |(_, range): &(usize, &Range<u64>)| range.end - range.start;
            let smallest = self.0.iter().enumerate().min_by_key(length);
            if let Some((index, _)) = smallest {
                self.0.remove(index);
            }
        }
    }
}
