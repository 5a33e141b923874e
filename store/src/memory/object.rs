//! One object in memory: persistent maps, so that a changed object shares everything else with the one before.

use std::ops::Bound;

use bytes::{Bytes, BytesMut};
use objclass::{Fault, ObjectError, Page, PageLimit, Pair, Timestamp, Work};
use rpds::RedBlackTreeMapSync;
use transaction::{Head, Segment, Snapshot, Span, Written};

/// Bytes of data in one entry of the page map. What a one-byte write copies.
const PAGE: usize = 4096;

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) head: Head,
    /// Data by page number. A missing page, and what a short one lacks, is zero bytes. Nothing lies behind the size.
    pages: RedBlackTreeMapSync<u64, Bytes>,
    xattrs: RedBlackTreeMapSync<Bytes, Bytes>,
    omap: RedBlackTreeMapSync<Bytes, Bytes>,
    omap_header: Bytes,
}

impl Object {
    const EMPTY: fn() -> Object = || Object {
        head: Head::default(),
        pages: RedBlackTreeMapSync::new_sync(),
        xattrs: RedBlackTreeMapSync::new_sync(),
        omap: RedBlackTreeMapSync::new_sync(),
        omap_header: Bytes::new(),
    };

    /// What `old` becomes.
    pub(super) fn changed(
        old: Option<&Object>,
        written: Written,
        version: u64,
        mtime: Timestamp,
    ) -> Object {
        let mut new = match old {
            Some(old) if !written.fresh => old.clone(),
            _ => Object::EMPTY(),
        };
        new.cut(written.kept);
        for (offset, segment) in &written.segments {
            new.put(*offset, segment);
        }
        for (name, value) in written.xattrs {
            set(&mut new.xattrs, name, value);
        }
        if written.omap_cleared {
            new.omap = RedBlackTreeMapSync::new_sync();
            new.omap_header = Bytes::new();
        }
        for (begin, end) in written.omap_removed {
            let gone: Vec<Bytes> = new
                .omap
                .range(begin..end)
                .map(|(key, _)| key.clone())
                .collect();
            for key in gone {
                new.omap.remove_mut(&key);
            }
        }
        for (key, value) in written.omap {
            set(&mut new.omap, key, value);
        }
        if let Some(header) = written.omap_header {
            new.omap_header = header;
        }
        debug_assert_eq!(new.omap.size() as u64, written.omap_tally.entries);
        debug_assert_eq!(new.xattrs.size() as u64, written.xattr_tally.entries);
        new.head = Head {
            size: written.size,
            mtime,
            version,
            xattrs: written.xattr_tally,
            omap: written.omap_tally,
        };
        new
    }

    /// Forgets data from `size` on.
    fn cut(&mut self, size: u64) {
        let page = size / PAGE as u64;
        let behind: Vec<u64> = self.pages.range(page..).map(|(page, _)| *page).collect();
        for number in behind {
            let keep = if number == page { within(size) } else { 0 };
            match self
                .pages
                .get(&number)
                .map(|data| data.slice(..keep.min(data.len())))
            {
                Some(data) if !data.is_empty() => self.pages.insert_mut(number, data),
                _ => {
                    self.pages.remove_mut(&number);
                }
            }
        }
    }

    fn put(&mut self, offset: u64, segment: &Segment) {
        let mut done = 0;
        while done < segment.length() {
            let position = offset + done;
            let (page, start) = (position / PAGE as u64, within(position));
            let length = (PAGE - start).min(small(segment.length() - done));
            let mut data = BytesMut::from(self.pages.get(&page).map_or(&[][..], |data| data));
            if data.len() < start + length {
                data.resize(start + length, 0);
            }
            match segment {
                Segment::Bytes(bytes) => data[start..start + length]
                    .copy_from_slice(&bytes[small(done)..small(done) + length]),
                Segment::Zero(_) => data[start..start + length].fill(0),
            }
            self.pages.insert_mut(page, data.freeze());
            done += length as u64;
        }
    }
}

/// The position inside its page.
fn within(offset: u64) -> usize {
    small(offset % PAGE as u64)
}

/// A length that is bounded by a page or by a buffer in memory.
fn small(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn set(map: &mut RedBlackTreeMapSync<Bytes, Bytes>, key: Bytes, value: Option<Bytes>) {
    match value {
        Some(value) => map.insert_mut(key, value),
        None => {
            map.remove_mut(&key);
        }
    }
}

/// An object nobody can change any more.
#[derive(Debug)]
pub(super) struct MemorySnapshot(pub(super) std::sync::Arc<Object>);

impl Snapshot for MemorySnapshot {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(Some(self.0.head))
    }

    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError> {
        work.read(small(length))?;
        let end = offset + length;
        let first = offset / PAGE as u64;
        if let Some(data) = self.0.pages.get(&first)
            && within(offset) + small(length) <= data.len()
        {
            return Ok(data.slice(within(offset)..within(offset) + small(length)));
        }
        let mut out = BytesMut::zeroed(small(length));
        for (page, data) in self.0.pages.range(first..) {
            let start = page * PAGE as u64;
            if start >= end {
                break;
            }
            let from = offset.saturating_sub(start).min(data.len() as u64);
            let to = (end - start).min(data.len() as u64);
            if from >= to {
                continue;
            }
            let at = small(start + from - offset);
            let piece = &data[small(from)..small(to)];
            out[at..at + piece.len()].copy_from_slice(piece);
        }
        Ok(out.freeze())
    }

    fn xattr(&self, name: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.0.xattrs.get(name).cloned())
    }

    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        let row = |(name, value): Pair| {
            work.step()?;
            work.hold(name.len() + value.len())?;
            Ok((name, value))
        };
        pairs(self.0.xattrs.iter()).map(row).collect()
    }

    fn omap_val(&self, key: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.0.omap.get(key).cloned())
    }

    fn omap_length(&self, key: &[u8], _: &mut Work) -> Result<Option<u64>, ObjectError> {
        Ok(self.0.omap.get(key).map(|value| value.len() as u64))
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        self.page(span, limit, work, |key, value| {
            let cost = (key.len() + value.len()) as u64;
            ((key.clone(), value.clone()), cost)
        })
    }

    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        self.page(span, limit, work, |key, value| {
            ((key.clone(), value.len() as u64), key.len() as u64)
        })
    }

    fn omap_header(&self, _: &mut Work) -> Result<Bytes, ObjectError> {
        Ok(self.0.omap_header.clone())
    }
}

impl MemorySnapshot {
    /// One page of a listing; `row` makes an entry and says what it counts towards the limit's bytes.
    fn page<T>(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
        row: impl Fn(&Bytes, &Bytes) -> (T, u64),
    ) -> Result<Page<T>, ObjectError> {
        let start = (span.start(), Bound::Unbounded);
        let mut entries = Vec::new();
        let mut bytes = 0_u64;
        for (key, value) in self.0.omap.range::<[u8], _>(start) {
            work.step()?;
            if !span.goes_on_to(key) {
                break;
            }
            if entries.len() as u64 >= limit.entries || bytes > limit.bytes {
                return Ok(Page {
                    entries,
                    more: true,
                });
            }
            let (entry, cost) = row(key, value);
            bytes += cost;
            entries.push(entry);
        }
        Ok(Page {
            entries,
            more: false,
        })
    }
}

fn pairs<'a>(map: impl Iterator<Item = (&'a Bytes, &'a Bytes)>) -> impl Iterator<Item = Pair> {
    map.map(|(key, value)| (key.clone(), value.clone()))
}
