//! One object, and the view of it that calls are given.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use radula::store::{Fault, Head, ObjectError, PageLimit, Segment, Snapshot, Span, Work, Written};
use radula::{Bytes, Page, Pair, Timestamp};

#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    pub(super) head: Head,
    data: Vec<u8>,
    xattrs: BTreeMap<Bytes, Bytes>,
    omap: BTreeMap<Bytes, Bytes>,
    header: Bytes,
}

impl Object {
    /// What `old` becomes.
    pub(super) fn changed(
        old: Option<&Object>,
        written: Written,
        version: u64,
        mtime: Timestamp,
    ) -> Self {
        let mut new = old.filter(|_| !written.fresh).cloned().unwrap_or_default();
        new.data.truncate(small(written.kept));
        new.data.resize(small(written.size), 0);
        for (offset, segment) in &written.segments {
            let place = small(*offset)..small(offset + segment.length());
            match segment {
                Segment::Bytes(bytes) => new.data[place].copy_from_slice(bytes),
                Segment::Zero(_) => new.data[place].fill(0),
            }
        }
        set(&mut new.xattrs, written.xattrs);
        if written.omap_cleared {
            new.omap.clear();
            new.header = Bytes::new();
        }
        for (begin, end) in &written.omap_removed {
            new.omap.retain(|key, _| key < begin || key >= end);
        }
        set(&mut new.omap, written.omap);
        if let Some(header) = written.omap_header {
            new.header = header;
        }
        new.head = Head {
            size: written.size,
            mtime,
            version,
            xattrs: written.xattr_tally,
            omap: written.omap_tally,
        };
        new
    }
}

fn set(map: &mut BTreeMap<Bytes, Bytes>, changes: BTreeMap<Bytes, Option<Bytes>>) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(map.insert(key, value)),
            None => drop(map.remove(&key)),
        }
    }
}

fn small(length: u64) -> usize {
    usize::try_from(length).expect("an object in memory fits into it")
}

/// An object that is not changed any more.
#[derive(Debug)]
pub(super) struct Shown(pub(super) Arc<Object>);

impl Shown {
    /// A page of `span`; `entry` makes an entry and says what it counts.
    fn page<T>(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
        entry: impl Fn(&Bytes, &Bytes) -> (T, u64),
    ) -> Result<Page<T>, ObjectError> {
        let from = (span.start(), Bound::Unbounded);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for (key, value) in self.0.omap.range::<[u8], _>(from) {
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
            let (entry, cost) = entry(key, value);
            bytes += cost;
            entries.push(entry);
        }
        Ok(Page {
            entries,
            more: false,
        })
    }
}

impl Snapshot for Shown {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(Some(self.0.head))
    }

    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError> {
        work.read(small(length))?;
        let data = &self.0.data[small(offset)..small(offset + length)];
        Ok(Bytes::copy_from_slice(data))
    }

    fn xattr(&self, name: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.0.xattrs.get(name).cloned())
    }

    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        let xattrs = self.0.xattrs.iter();
        xattrs
            .map(|(name, value)| {
                work.step()?;
                work.hold(name.len() + value.len())?;
                Ok((name.clone(), value.clone()))
            })
            .collect()
    }

    fn omap_val(&self, key: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.0.omap.get(key).cloned())
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        self.page(span, limit, work, |key, value| {
            (
                (key.clone(), value.clone()),
                (key.len() + value.len()) as u64,
            )
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
        Ok(self.0.header.clone())
    }
}
