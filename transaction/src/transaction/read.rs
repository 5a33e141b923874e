//! Reads, which see the transaction's own writes.

use std::{collections::BTreeMap, ops::Bound};

use bytes::Bytes;
use objclass::{Errno, ObjectError, ObjectRead, Page, PageLimit, Pair, Stat, Work};

use super::{State, Transaction};
use crate::{
    Snapshot, Span,
    bounds::{cut, is_absent},
    omap::{Overlaid, Ranges, Row},
};

impl Transaction {
    /// The state of an object that exists.
    pub(super) fn existing(&mut self) -> Result<&mut State, ObjectError> {
        let state = self.state()?;
        if state.exists {
            Ok(state)
        } else {
            Err(Errno::ENOENT.into())
        }
    }

    /// The committed omap, as far as it shows through.
    pub(super) fn omap_base(&self) -> Option<&dyn Snapshot> {
        match &self.state {
            Some(state) if state.base_omap => Some(&*self.snapshot),
            _ => None,
        }
    }

    /// The committed xattrs, as far as they show through.
    pub(super) fn xattr_base(&self) -> Option<&dyn Snapshot> {
        match &self.state {
            Some(state) if state.base_xattrs => Some(&*self.snapshot),
            _ => None,
        }
    }

    /// The value of one omap key as the transaction sees it. The state is loaded.
    pub(super) fn omap_visible(
        &self,
        key: &[u8],
        work: &mut Work,
    ) -> Result<Option<Bytes>, ObjectError> {
        if is_absent(key) {
            return Ok(None);
        }
        Ok(match (self.omap.get(key), self.omap_base()) {
            (Overlaid::Value(value), _) => Some(value),
            (Overlaid::Beneath, Some(base)) => base.omap_val(key, work)?,
            (Overlaid::Gone | Overlaid::Beneath, _) => None,
        })
    }

    /// One page of a listing after `start_after`. `cost` is what a row counts towards the limit's bytes.
    fn omap_page<T>(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        limit: PageLimit,
        values: bool,
        row: fn(Row) -> (T, usize),
    ) -> Result<Page<T>, ObjectError> {
        self.state()?;
        let span = Span {
            from: match start_after {
                b"" => Bound::Unbounded,
                start_after => Bound::Excluded(cut(start_after)),
            },
            end: None,
            prefix: cut(prefix),
        };
        let mut work = std::mem::take(&mut self.work);
        let page = self.walk(span, limit, values, row, &mut work);
        self.work = work;
        let (page, dead) = page?;
        self.omap.bury(dead);
        Ok(page)
    }

    fn walk<T>(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        values: bool,
        row: fn(Row) -> (T, usize),
        work: &mut Work,
    ) -> Result<(Page<T>, Ranges), ObjectError> {
        // One more than asked for says whether the listing goes on.
        let expected = limit.entries.saturating_add(1);
        let mut listing = self.omap.listing(self.omap_base(), span, expected, values);
        let mut entries = Vec::new();
        let mut bytes = 0_u64;
        let more = loop {
            let is_full = entries.len() as u64 >= limit.entries || bytes > limit.bytes;
            match listing.next(work)? {
                Some(_) if is_full => break true,
                Some(found) => {
                    let (entry, cost) = row(found);
                    bytes = bytes.saturating_add(cost as u64);
                    entries.push(entry);
                }
                None => break false,
            }
        };
        Ok((Page { entries, more }, listing.into_dead()))
    }
}

impl Transaction {
    /// The committed omap, as far as it shows through and is counted.
    pub(super) fn counted_omap_base(&self) -> Option<&dyn Snapshot> {
        self.omap_base().filter(|base| base.counts())
    }

    /// The committed xattrs, as far as they show through and are counted.
    pub(super) fn counted_xattr_base(&self) -> Option<&dyn Snapshot> {
        self.xattr_base().filter(|base| base.counts())
    }

    /// The length of the value of one omap key as far as it is counted. The state is loaded.
    pub(super) fn omap_counted(
        &self,
        key: &[u8],
        work: &mut Work,
    ) -> Result<Option<u64>, ObjectError> {
        Ok(match (self.omap.get(key), self.counted_omap_base()) {
            (Overlaid::Value(value), _) => Some(value.len() as u64),
            (Overlaid::Beneath, Some(base)) => base.omap_length(key, work)?,
            (Overlaid::Gone | Overlaid::Beneath, _) => None,
        })
    }

    /// The value of one xattr as the transaction sees it. The state is loaded.
    pub(super) fn xattr_visible(&mut self, name: &[u8]) -> Result<Option<Bytes>, ObjectError> {
        if is_absent(name) {
            return Ok(None);
        }
        let mut work = std::mem::take(&mut self.work);
        let value = self.xattrs.get(self.xattr_base(), name, &mut work);
        self.work = work;
        value
    }

    /// The entries of those `keys` that exist. Each value is held once, however often its key is named.
    fn omap_found(&self, keys: &[&[u8]], work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        let mut found = BTreeMap::new();
        for key in keys {
            work.step()?;
            if found.contains_key(*key) {
                continue;
            }
            if let Some(value) = self.omap_visible(key, work)? {
                work.hold(key.len() + value.len())?;
                found.insert(Bytes::copy_from_slice(key), value);
            }
        }
        Ok(found.into_iter().collect())
    }
}

impl Transaction {
    fn data_read(&mut self, offset: u64, length: u64) -> Result<Bytes, ObjectError> {
        let state = self.existing()?;
        let (size, kept) = (state.size, state.kept);
        let end = match length {
            0 => size,
            length => offset.saturating_add(length).min(size),
        };
        if offset >= end {
            return Ok(Bytes::new());
        }
        self.data
            .read(offset, end, kept, &*self.snapshot, &mut self.work)
    }

    fn xattrs_all(&mut self) -> Result<Vec<Pair>, ObjectError> {
        self.existing()?;
        let mut work = std::mem::take(&mut self.work);
        let all = self.xattrs.all(self.xattr_base(), &mut work);
        self.work = work;
        all
    }

    fn omap_header_visible(&mut self) -> Result<Bytes, ObjectError> {
        let state = self.state()?;
        if let Some(header) = &state.omap_header {
            return Ok(header.clone());
        }
        let mut work = std::mem::take(&mut self.work);
        let header = self.omap_base().map(|base| base.omap_header(&mut work));
        self.work = work;
        header.unwrap_or_else(|| Ok(Bytes::new()))
    }
}

impl ObjectRead for Transaction {
    // Sees the writes of the running call even where other reads do not, as in RADOS.
    fn stat(&mut self) -> Result<Stat, ObjectError> {
        let state = self.existing()?;
        Ok(Stat {
            size: state.size,
            mtime: state.mtime,
        })
    }

    fn read(&mut self, offset: u64, length: u64) -> Result<Bytes, ObjectError> {
        self.seeing(|seen| seen.data_read(offset, length))
    }

    fn xattr(&mut self, name: &[u8]) -> Result<Bytes, ObjectError> {
        self.seeing(|seen| {
            seen.existing()?;
            seen.xattr_visible(name)?
                .ok_or_else(|| Errno::ENODATA.into())
        })
    }

    fn xattrs(&mut self) -> Result<Vec<Pair>, ObjectError> {
        self.seeing(Self::xattrs_all)
    }

    fn omap_keys(
        &mut self,
        start_after: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Bytes>, ObjectError> {
        self.seeing(|seen| {
            seen.omap_page(start_after, b"", limit, false, |row| {
                let cost = row.key.len();
                (row.key, cost)
            })
        })
    }

    fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Pair>, ObjectError> {
        self.seeing(|seen| {
            seen.omap_page(start_after, prefix, limit, true, |row| {
                let cost = row.key.len() + row.value.len();
                ((row.key, row.value), cost)
            })
        })
    }

    fn omap_val(&mut self, key: &[u8]) -> Result<Bytes, ObjectError> {
        self.seeing(|seen| {
            seen.existing()?;
            let mut work = std::mem::take(&mut seen.work);
            let value = seen.omap_visible(key, &mut work);
            seen.work = work;
            value?.ok_or_else(|| Errno::ENOENT.into())
        })
    }

    fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Result<Vec<Pair>, ObjectError> {
        self.seeing(|seen| {
            if !seen.state()?.exists {
                return Ok(Vec::new());
            }
            let mut work = std::mem::take(&mut seen.work);
            let found = seen.omap_found(keys, &mut work);
            seen.work = work;
            found
        })
    }

    fn omap_header(&mut self) -> Result<Bytes, ObjectError> {
        self.seeing(Self::omap_header_visible)
    }
}
