//! Buffered omap entries: new and removed keys over the committed ones.

use std::{collections::BTreeMap, ops::Bound, vec};

use bytes::Bytes;
use objclass::{ObjectError, Page, PageLimit, Work};

use crate::{
    Snapshot, Span,
    undo::{Mark, Undoable},
};

/// How much of the committed omap is fetched at a time while it is merged with the overlay. Bounds host memory
/// whatever the guest asks for.
const CHUNK: PageLimit = PageLimit {
    entries: 256,
    bytes: 1 << 20,
};

/// So many hidden rows in a row are worth a range of their own.
const LONG_RUN: u64 = 64;

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

    /// Lists what is visible in `span`; `base` is `None` when nothing committed shows. About `expected` entries will be
    /// taken. Without `values` none is held, and each row has the length of its own.
    pub(crate) fn listing<'a>(
        &'a self,
        base: Option<&'a dyn Snapshot>,
        span: Span<'a>,
        expected: u64,
        values: bool,
    ) -> Listing<'a> {
        let from = span.start().map(Bytes::copy_from_slice);
        Listing {
            overlay: self,
            base,
            span,
            values,
            overlay_from: from.clone(),
            base_from: from,
            chunk: Vec::new().into_iter(),
            base_more: base.is_some(),
            limit: PageLimit {
                entries: expected.clamp(1, CHUNK.entries),
                bytes: CHUNK.bytes,
            },
            hidden: None,
            dead: Vec::new(),
        }
    }

    /// Forgets keys one by one that a listing found nothing visible between, and remembers the range they are in: the next
    /// listing need not walk them again, and the commit has one range to remove.
    pub(crate) fn bury(&mut self, dead: Ranges) {
        for (begin, end) in dead {
            self.remove_range(&begin, &end);
        }
    }

    /// The same changes, of which nothing is to be undone.
    pub(crate) fn copy(&self, work: &mut Work) -> Result<Self, ObjectError> {
        Ok(Self {
            entries: self.entries.copy(work)?,
            removed: self.removed.copy(work)?,
        })
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

/// One row of a listing.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Bytes,
    /// Empty in a listing without values.
    pub(crate) value: Bytes,
    /// Bytes of the value.
    pub(crate) length: u64,
}

/// Rows hidden one after the other.
#[derive(Debug)]
struct Hidden {
    first: Bytes,
    last: Bytes,
    rows: u64,
}

/// A merge of the overlay and the committed omap, in key order.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    overlay: &'a OmapOverlay,
    base: Option<&'a dyn Snapshot>,
    span: Span<'a>,
    values: bool,
    overlay_from: Bound<Bytes>,
    base_from: Bound<Bytes>,
    chunk: vec::IntoIter<Row>,
    base_more: bool,
    limit: PageLimit,
    /// The run of hidden rows the walk is in.
    hidden: Option<Hidden>,
    /// Long runs it has been through.
    dead: Ranges,
}

impl Listing<'_> {
    /// The next visible entry.
    pub(crate) fn next(&mut self, work: &mut Work) -> Result<Option<Row>, ObjectError> {
        loop {
            work.step()?;
            let committed = self.peek_base(work)?;
            let buffered = self.peek_overlay();
            let row = match (buffered, committed) {
                (None, None) => None,
                (None, Some(_)) => self.chunk.next(),
                (Some((key, _)), Some(committed)) if committed < key => self.chunk.next(),
                (Some((key, value)), committed) => {
                    if committed.is_some_and(|committed| committed == key) {
                        self.chunk.next();
                    }
                    self.overlay_from = Bound::Excluded(key.clone());
                    let Some(value) = value else {
                        self.hide(key, work)?;
                        continue;
                    };
                    let length = value.len() as u64;
                    let value = if self.values { value } else { Bytes::new() };
                    Some(Row { key, value, length })
                }
            };
            self.end_run(row.as_ref().map(|row| &row.key));
            return Ok(row);
        }
    }

    /// The long runs of hidden rows the walk has been through, as ranges with nothing visible in them.
    pub(crate) fn into_dead(mut self) -> Ranges {
        self.end_run(None);
        self.dead
    }

    fn hide(&mut self, key: Bytes, work: &mut Work) -> Result<(), ObjectError> {
        match &mut self.hidden {
            Some(run) => {
                run.last = key;
                run.rows += 1;
            }
            None => {
                self.hidden = Some(Hidden {
                    first: key.clone(),
                    last: key,
                    rows: 1,
                });
            }
        }
        work.vain()
    }

    /// A visible row ends a run, and so does the end of the walk.
    fn end_run(&mut self, visible: Option<&Bytes>) {
        if let Some(run) = self.hidden.take()
            && run.rows >= LONG_RUN
        {
            let end = visible.cloned().unwrap_or_else(|| successor(&run.last));
            self.dead.push((run.first, end));
        }
    }

    fn peek_overlay(&self) -> Option<(Bytes, Option<Bytes>)> {
        let from = (self.overlay_from.clone(), Bound::Unbounded);
        let (key, value) = self.overlay.entries.map().range(from).next()?;
        self.span
            .goes_on_to(key)
            .then(|| (key.clone(), value.clone()))
    }

    /// The key of the next committed entry outside the removed ranges.
    fn peek_base(&mut self, work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        loop {
            let Some(row) = self.chunk.as_slice().first() else {
                if !self.fetch(work)? {
                    return Ok(None);
                }
                continue;
            };
            let Some(end) = self.overlay.removed_until(&row.key) else {
                return Ok(Some(row.key.clone()));
            };
            while self
                .chunk
                .as_slice()
                .first()
                .is_some_and(|row| row.key < *end)
            {
                self.chunk.next();
                work.vain()?;
            }
        }
    }

    /// Fetches the next chunk of the committed omap, larger than the one before. Returns whether there was one.
    fn fetch(&mut self, work: &mut Work) -> Result<bool, ObjectError> {
        let Some(base) = self.base.filter(|_| self.base_more) else {
            return Ok(false);
        };
        // What lies in a removed range need not be fetched to be skipped.
        let next = match &self.base_from {
            Bound::Unbounded => &b""[..],
            Bound::Included(key) | Bound::Excluded(key) => key,
        };
        if let Some(end) = self.overlay.removed_until(next) {
            self.base_from = Bound::Included(end.clone());
        }
        let span = Span {
            from: self.base_from.as_ref().map(|key| &key[..]),
            ..self.span
        };
        let page = match self.values {
            true => {
                let page = base.omap_range(span, self.limit, work)?;
                let rows = page.entries.into_iter().map(|(key, value)| Row {
                    length: value.len() as u64,
                    key,
                    value,
                });
                Page {
                    entries: rows.collect::<Vec<_>>(),
                    more: page.more,
                }
            }
            false => {
                let page = base.omap_keys(span, self.limit, work)?;
                let rows = page.entries.into_iter().map(|(key, length)| Row {
                    key,
                    value: Bytes::new(),
                    length,
                });
                Page {
                    entries: rows.collect(),
                    more: page.more,
                }
            }
        };
        self.limit.entries = (self.limit.entries * 4).min(CHUNK.entries);
        self.base_more = page.more && !page.entries.is_empty();
        if let Some(row) = page.entries.last() {
            self.base_from = Bound::Excluded(row.key.clone());
        }
        self.chunk = page.entries.into_iter();
        Ok(!self.chunk.as_slice().is_empty())
    }
}

/// The first key after `key`.
fn successor(key: &Bytes) -> Bytes {
    [&key[..], &[0]].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(overlay: &OmapOverlay) -> (Vec<Bytes>, Ranges) {
        let mut listing = overlay.listing(None, Span::ALL, 1, false);
        let mut work = Work::unlimited();
        let mut keys = Vec::new();
        while let Some(row) = listing.next(&mut work).unwrap() {
            keys.push(row.key);
        }
        (keys, listing.into_dead())
    }

    #[test]
    fn a_long_run_of_removed_keys_is_walked_once() {
        let mut overlay = OmapOverlay::default();
        let key = |n: u32| Bytes::from(format!("{n:04}"));
        overlay.set(key(0), Bytes::new());
        for n in 1..=u32::try_from(LONG_RUN).unwrap() {
            overlay.remove(key(n));
        }
        overlay.set(key(5000), Bytes::new());
        overlay.remove(key(6000));
        let (keys, dead) = walk(&overlay);
        assert_eq!(keys, [key(0), key(5000)]);
        assert_eq!(dead, [(key(1), key(5000))], "a short run is left alone");
        overlay.bury(dead);
        assert_eq!(walk(&overlay), (keys, Vec::new()));
        assert_eq!(overlay.entries.map().len(), 3, "the run is one range");
        assert!(matches!(overlay.get(&key(7)), Overlaid::Gone));
    }
}
