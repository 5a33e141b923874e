//! An object in the plainest terms: whole contents, copied for every savepoint.

use std::{collections::BTreeMap, ops::Bound};

use objclass::{Errno, Fault, Page, Pair, Timestamp, Work};

use super::*;
use crate::{Head, Segment, Snapshot, Span, Tally};

type Map = BTreeMap<Bytes, Bytes>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Naive {
    pub(super) data: Vec<u8>,
    pub(super) xattrs: Map,
    pub(super) omap: Map,
    pub(super) header: Bytes,
}

/// The object, or none.
pub(super) type Object = Option<Naive>;

fn bytes_of(map: &Map) -> u64 {
    map.iter()
        .map(|(key, value)| (key.len() + value.len()) as u64)
        .sum()
}

fn tally(map: &Map) -> Tally {
    Tally {
        entries: map.len() as u64,
        bytes: bytes_of(map),
    }
}

/// The committed object of a test.
#[derive(Debug)]
pub(super) struct Base(pub(super) Object);

impl Base {
    fn object(&self) -> &Naive {
        self.0.as_ref().expect("a missing object is asked nothing")
    }
}

impl Snapshot for Base {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(self.0.as_ref().map(|object| Head {
            size: object.data.len() as u64,
            mtime: Timestamp(5),
            version: 7,
            xattrs: tally(&object.xattrs),
            omap: tally(&object.omap),
        }))
    }

    fn read(&self, offset: u64, length: u64, _: &mut Work) -> Result<Bytes, ObjectError> {
        // Out of range panics: the transaction must not ask for it.
        let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
        Ok(Bytes::copy_from_slice(&self.object().data[range]))
    }

    fn xattr(&self, name: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.object().xattrs.get(name).cloned())
    }

    fn xattrs(&self, _: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        Ok(self.object().xattrs.clone().into_iter().collect())
    }

    fn omap_val(&self, key: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.object().omap.get(key).cloned())
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        _: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        // Pages of at most two: the merge crosses page borders all the time.
        let limit = PageLimit {
            entries: limit.entries.min(2),
            ..limit
        };
        let all = self.object().omap.iter();
        let after = |key: &[u8]| match span.from {
            Bound::Unbounded => true,
            Bound::Included(from) => key >= from,
            Bound::Excluded(from) => key > from,
        };
        let matching: Vec<Pair> = all
            .filter(|(key, _)| after(key) && span.goes_on_to(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Ok(page(matching, limit, |(key, value)| {
            key.len() + value.len()
        }))
    }

    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        let page = self.omap_range(span, limit, work)?;
        let keys = page.entries.into_iter();
        Ok(Page {
            entries: keys.map(|(key, value)| (key, value.len() as u64)).collect(),
            more: page.more,
        })
    }

    fn omap_header(&self, _: &mut Work) -> Result<Bytes, ObjectError> {
        Ok(self.object().header.clone())
    }
}

/// Cuts a listing as [`PageLimit`] says.
pub(super) fn page<T>(all: Vec<T>, limit: PageLimit, cost: impl Fn(&T) -> usize) -> Page<T> {
    let mut bytes = 0;
    let mut count = 0;
    for entry in &all {
        if count == limit.entries || bytes > limit.bytes {
            break;
        }
        bytes += cost(entry) as u64;
        count += 1;
    }
    let more = count < all.len() as u64;
    Page {
        entries: all.into_iter().take(count as usize).collect(),
        more,
    }
}

/// What each write does to the object, or the errno it answers.
pub(super) fn apply(object: &mut Object, quotas: &Quotas, op: &property::Op) -> Result<(), Errno> {
    use property::Op;
    let size = |end: Option<u64>| {
        let end = end.filter(|end| *end <= quotas.object_size);
        end.map(|end| end as usize).ok_or(Errno::EFBIG)
    };
    match op {
        Op::Create(true) if object.is_some() => return Err(Errno::EEXIST),
        Op::Create(_) => {
            object.get_or_insert_default();
        }
        Op::Remove => {
            object.take().ok_or(Errno::ENOENT)?;
        }
        Op::Write(at, data) => {
            let end = size(at.checked_add(data.len() as u64))?;
            let object = object.get_or_insert_default();
            let length = object.data.len().max(end);
            object.data.resize(length, 0);
            object.data[end - data.len()..end].copy_from_slice(data);
        }
        Op::WriteFull(data) => {
            size(Some(data.len() as u64))?;
            object.get_or_insert_default().data = data.to_vec();
        }
        Op::Append(data) => {
            let old = object.as_ref().map_or(0, |object| object.data.len());
            size(Some((old + data.len()) as u64))?;
            object.get_or_insert_default().data.extend_from_slice(data);
        }
        Op::Truncate(to) => {
            if let Some(object) = object {
                object.data.resize(size(Some(*to))?, 0);
            }
        }
        Op::Zero(at, length) => {
            for (position, byte) in object
                .iter_mut()
                .flat_map(|o| o.data.iter_mut().enumerate())
            {
                let position = position as u64;
                if position >= *at && position - at < *length {
                    *byte = 0;
                }
            }
        }
        Op::SetXattr(name, value) => {
            if name.is_empty() {
                return Err(Errno::EINVAL);
            }
            if name.len() as u64 > quotas.xattr_name || value.len() as u64 > quotas.xattr_value {
                return Err(Errno::E2BIG);
            }
            let mut new = object.clone().unwrap_or_default();
            new.xattrs.insert(name.clone(), value.clone());
            if tally(&new.xattrs).entries > quotas.xattr_count
                || bytes_of(&new.xattrs) > quotas.xattr_bytes
            {
                return Err(Errno::EDQUOT);
            }
            *object = Some(new);
        }
        Op::RemoveXattr(name) => {
            let object = object.as_mut().ok_or(Errno::ENOENT)?;
            object.xattrs.remove(name).ok_or(Errno::ENODATA)?;
        }
        Op::OmapSet(entries) => {
            let mut new = object.clone().unwrap_or_default();
            for (key, value) in entries {
                if key.is_empty() {
                    return Err(Errno::EINVAL);
                }
                if key.len() as u64 > quotas.omap_key || value.len() as u64 > quotas.omap_value {
                    return Err(Errno::E2BIG);
                }
            }
            for (key, value) in entries {
                new.omap.insert(key.clone(), value.clone());
                if tally(&new.omap).entries > quotas.omap_entries
                    || bytes_of(&new.omap) > quotas.omap_bytes
                {
                    return Err(Errno::EDQUOT);
                }
            }
            *object = Some(new);
        }
        Op::OmapRemove(keys) => {
            let object = object.as_mut().ok_or(Errno::ENOENT)?;
            for key in keys {
                object.omap.remove(key);
            }
        }
        Op::OmapRemoveRange(begin, end) => {
            let object = object.as_mut().ok_or(Errno::ENOENT)?;
            object.omap.retain(|key, _| key < begin || key >= end);
        }
        Op::OmapClear => {
            let object = object.as_mut().ok_or(Errno::ENOENT)?;
            object.omap.clear();
            object.header = Bytes::new();
        }
        Op::OmapHeader(header) => {
            if header.len() as u64 > quotas.omap_value {
                return Err(Errno::E2BIG);
            }
            object.get_or_insert_default().header = header.clone();
        }
    }
    Ok(())
}

/// What a store makes of the changes of a transaction, in the plainest terms.
pub(super) fn commit(object: &mut Object, changes: Changes) {
    let written = match changes {
        Changes::Removed => {
            assert!(object.is_some(), "what did not exist is not removed");
            *object = None;
            return;
        }
        Changes::Written(written) => written,
    };
    if written.fresh {
        assert!(written.omap_cleared && written.kept == 0);
        *object = None;
    }
    let new = object.get_or_insert_default();
    assert!(written.kept <= written.size && written.kept <= new.data.len() as u64);
    new.data.truncate(written.kept as usize);
    new.data.resize(written.size as usize, 0);
    let mut last = 0;
    for (start, segment) in written.segments {
        let end = start + segment.length();
        assert!(start >= last && end > start && end <= written.size);
        last = end;
        let place = &mut new.data[start as usize..end as usize];
        match segment {
            Segment::Bytes(bytes) => place.copy_from_slice(&bytes),
            Segment::Zero(_) => place.fill(0),
        }
    }
    if written.omap_cleared {
        new.omap.clear();
        new.header = Bytes::new();
    }
    let mut last = Bytes::new();
    for (begin, end) in &written.omap_removed {
        assert!(*begin >= last && begin < end);
        last = end.clone();
        new.omap.retain(|key, _| key < begin || key >= end);
    }
    for (map, changes) in [
        (&mut new.xattrs, written.xattrs),
        (&mut new.omap, written.omap),
    ] {
        for (key, value) in changes {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
    }
    if let Some(header) = written.omap_header {
        new.header = header;
    }
    assert_eq!(written.xattr_tally, tally(&new.xattrs));
    assert_eq!(written.omap_tally, tally(&new.omap));
}
