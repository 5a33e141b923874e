//! Buffered omap entries: new and removed keys over the committed ones.

use std::{collections::BTreeMap, ops::Bound, vec};

use bytes::Bytes;
use objclass::{Fault, Page, PageLimit, Pair};

use crate::{
    Snapshot,
    undo::{Mark, Undoable},
};

/// How much of the committed omap is fetched at a time while it is merged with the overlay. Bounds host memory
/// whatever the guest asks for.
const CHUNK: PageLimit = PageLimit {
    entries: 256,
    bytes: 1 << 20,
};

/// Keys set, or removed (`None`).
pub(crate) type Entries = BTreeMap<Bytes, Option<Bytes>>;
/// Ranges `[begin, end)`.
pub(crate) type Ranges = Vec<(Bytes, Bytes)>;

/// What the overlay says about one key.
#[derive(Debug)]
pub(crate) enum Overlaid {
    Value(Bytes),
    Gone,
    /// The committed omap has the answer.
    Beneath,
}

/// The omap of one object as the transaction changed it.
///
/// A committed key is visible unless it is in `entries` or in a range of `removed`. Ranges are kept as ranges, so
/// that removing a million keys costs the guest's host two keys of memory.
#[derive(Debug, Default)]
pub(crate) struct OmapOverlay {
    entries: Undoable<Bytes, Option<Bytes>>,
    /// Disjoint `[begin, end)`, by begin.
    removed: Undoable<Bytes, Bytes>,
}

impl OmapOverlay {
    pub(crate) fn get(&self, key: &[u8]) -> Overlaid {
        match self.entries.map().get(key) {
            Some(Some(value)) => Overlaid::Value(value.clone()),
            Some(None) => Overlaid::Gone,
            None if self.removed_until(key).is_some() => Overlaid::Gone,
            None => Overlaid::Beneath,
        }
    }

    pub(crate) fn set(&mut self, key: Bytes, value: Bytes) {
        self.entries.insert(key, Some(value));
    }

    pub(crate) fn remove(&mut self, key: Bytes) {
        self.entries.insert(key, None);
    }

    /// Removes `[begin, end)`; `begin < end`.
    pub(crate) fn remove_range(&mut self, begin: &[u8], end: &[u8]) {
        let within = (Bound::Included(begin), Bound::Excluded(end));
        while let Some((key, _)) = self.entries.map().range::<[u8], _>(within).next() {
            let key = key.clone();
            self.entries.remove(&key);
        }
        let mut begin = Bytes::copy_from_slice(begin);
        let mut end = Bytes::copy_from_slice(end);
        // Ranges that overlap or touch become one, so the map stays disjoint.
        while let Some((at, stop)) = self.removed.map().range(..=end.clone()).next_back()
            && *stop >= begin
        {
            let (at, stop) = (at.clone(), stop.clone());
            self.removed.remove(&at);
            begin = begin.min(at);
            end = end.max(stop);
        }
        self.removed.insert(begin, end);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.removed.clear();
    }

    /// The end of the removed range `key` lies in.
    fn removed_until(&self, key: &[u8]) -> Option<&Bytes> {
        let before = (Bound::Unbounded, Bound::Included(key));
        let (_, end) = self.removed.map().range::<[u8], _>(before).next_back()?;
        (&end[..] > key).then_some(end)
    }

    /// Lists what is visible from `from` on under `prefix`; `base` is `None` when nothing committed shows. About
    /// `expected` entries will be taken.
    pub(crate) fn listing<'a>(
        &'a self,
        base: Option<&'a dyn Snapshot>,
        from: Bound<&[u8]>,
        prefix: &'a [u8],
        expected: u64,
    ) -> Listing<'a> {
        // Everything under the prefix sorts at or behind the prefix itself.
        let from = match from {
            Bound::Included(key) if key > prefix => Bound::Included(key),
            Bound::Excluded(key) if key >= prefix => Bound::Excluded(key),
            _ => Bound::Included(prefix),
        };
        Listing {
            overlay: self,
            base,
            prefix,
            overlay_from: from.map(Bytes::copy_from_slice),
            base_from: from.map(Bytes::copy_from_slice),
            chunk: Vec::new().into_iter(),
            base_more: base.is_some(),
            limit: PageLimit {
                entries: expected.clamp(1, CHUNK.entries),
                bytes: CHUNK.bytes,
            },
        }
    }

    /// One page of [`listing`](Self::listing). `cost` is what an entry counts towards the limit's bytes.
    pub(crate) fn page(
        &self,
        base: Option<&dyn Snapshot>,
        start_after: &[u8],
        prefix: &[u8],
        limit: PageLimit,
        cost: fn(&Pair) -> usize,
    ) -> Result<Page<Pair>, Fault> {
        let from = if start_after.is_empty() {
            Bound::Unbounded
        } else {
            Bound::Excluded(start_after)
        };
        // One more than asked for says whether the listing goes on.
        let expected = limit.entries.saturating_add(1);
        let mut listing = self.listing(base, from, prefix, expected);
        let mut entries = Vec::new();
        let mut bytes = 0_u64;
        while (entries.len() as u64) < limit.entries && bytes <= limit.bytes {
            let Some(pair) = listing.next()? else {
                return Ok(Page {
                    entries,
                    more: false,
                });
            };
            bytes = bytes.saturating_add(cost(&pair) as u64);
            entries.push(pair);
        }
        let more = listing.next()?.is_some();
        Ok(Page { entries, more })
    }

    pub(crate) fn mark(&mut self) -> (Mark, Mark) {
        (self.entries.mark(), self.removed.mark())
    }

    pub(crate) fn undo_to(&mut self, (entries, removed): (Mark, Mark)) {
        self.entries.undo_to(entries);
        self.removed.undo_to(removed);
    }

    pub(crate) fn settle(&mut self) {
        self.entries.settle();
        self.removed.settle();
    }

    /// Entries set or removed, and ranges removed from the committed omap.
    pub(crate) fn into_parts(self) -> (Entries, Ranges) {
        (
            self.entries.into_map(),
            self.removed.into_map().into_iter().collect(),
        )
    }
}

/// A merge of the overlay and the committed omap, in key order.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    overlay: &'a OmapOverlay,
    base: Option<&'a dyn Snapshot>,
    prefix: &'a [u8],
    overlay_from: Bound<Bytes>,
    base_from: Bound<Bytes>,
    chunk: vec::IntoIter<Pair>,
    base_more: bool,
    limit: PageLimit,
}

impl Listing<'_> {
    /// The next visible entry.
    pub(crate) fn next(&mut self) -> Result<Option<Pair>, Fault> {
        loop {
            let committed = self.peek_base()?;
            let buffered = self.peek_overlay();
            match (buffered, committed) {
                (None, None) => return Ok(None),
                (None, Some(_)) => return Ok(self.chunk.next()),
                (Some((key, _)), Some(committed)) if committed < key => {
                    return Ok(self.chunk.next());
                }
                (Some((key, value)), committed) => {
                    if committed.is_some_and(|committed| committed == key) {
                        self.chunk.next();
                    }
                    self.overlay_from = Bound::Excluded(key.clone());
                    if let Some(value) = value {
                        return Ok(Some((key, value)));
                    }
                }
            }
        }
    }

    fn peek_overlay(&self) -> Option<(Bytes, Option<Bytes>)> {
        let from = (self.overlay_from.clone(), Bound::Unbounded);
        let (key, value) = self.overlay.entries.map().range(from).next()?;
        key.starts_with(self.prefix)
            .then(|| (key.clone(), value.clone()))
    }

    /// The key of the next committed entry outside the removed ranges.
    fn peek_base(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let Some((key, _)) = self.chunk.as_slice().first() else {
                if !self.fetch()? {
                    return Ok(None);
                }
                continue;
            };
            let Some(end) = self.overlay.removed_until(key) else {
                return Ok(Some(key.clone()));
            };
            while self
                .chunk
                .as_slice()
                .first()
                .is_some_and(|(key, _)| key < end)
            {
                self.chunk.next();
            }
            if self.chunk.as_slice().is_empty() {
                self.base_from = Bound::Included(end.clone());
            }
        }
    }

    /// Fetches the next chunk of the committed omap. Returns whether there was one.
    fn fetch(&mut self) -> Result<bool, Fault> {
        let Some(base) = self.base.filter(|_| self.base_more) else {
            return Ok(false);
        };
        let from = self.base_from.as_ref().map(|key| &key[..]);
        let page = base.omap_range(from, self.prefix, self.limit)?;
        self.base_more = page.more && !page.entries.is_empty();
        if let Some((last, _)) = page.entries.last() {
            self.base_from = Bound::Excluded(last.clone());
        }
        self.chunk = page.entries.into_iter();
        Ok(!self.chunk.as_slice().is_empty())
    }
}
