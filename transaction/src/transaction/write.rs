//! Writes, buffered after the quotas agreed.

use std::ops::Bound;

use bytes::Bytes;
use objclass::{Errno, ObjectError, ObjectWrite, Work};

use super::{State, Transaction};
use crate::{
    Segment, Span, Tally,
    bounds::{cut, is_absent},
};

/// Bytes a commit writes at least when it changes one: stores keep data in pieces of about this size.
const EXTENT: u64 = 16 << 10;

/// What a row costs that a commit writes or removes only because the size changed.
const ROW: u64 = 64;

impl Transaction {
    /// Creates the object if it is missing and notes that it changed.
    fn touch(&mut self) -> Result<&mut State, ObjectError> {
        let state = self.state()?;
        state.exists = true;
        state.touched = true;
        Ok(state)
    }

    /// Sets one omap entry that passed the checks on its own size. May buffer nothing and answer `EDQUOT`.
    fn omap_set_one(&mut self, key: &[u8], value: Bytes) -> Result<(), ObjectError> {
        let mut work = std::mem::take(&mut self.work);
        let old = self.omap_counted(key, &mut work);
        self.work = work;
        self.work.step()?;
        let old = old?;
        let state = self.state()?;
        let mut tally = state.omap;
        if let Some(old) = old {
            tally.subtract(key, old);
        }
        tally.add(key, value.len() as u64);
        state.omap = tally;
        self.quotas.check_omap(tally)?;
        self.omap.set(Bytes::copy_from_slice(key), value);
        Ok(())
    }

    fn omap_remove_all(&mut self, keys: &[&[u8]], work: &mut Work) -> Result<(), ObjectError> {
        for key in keys.iter().filter(|key| !is_absent(key)) {
            work.step()?;
            let old = self.omap_counted(key, work)?;
            let uncounted = old.is_none() && self.omap_base().is_some_and(|base| !base.counts());
            if let Some(old) = old {
                self.state()?.omap.subtract(key, old);
            }
            if old.is_some() || uncounted {
                self.omap.remove(Bytes::copy_from_slice(key));
            }
        }
        Ok(())
    }

    /// What is visible in `[begin, end)`, each row of which is walked and not answered.
    fn omap_count(&self, begin: &[u8], end: &[u8], work: &mut Work) -> Result<Tally, ObjectError> {
        let span = Span {
            from: Bound::Included(begin),
            end: Some(end),
            prefix: b"",
        };
        let mut gone = Tally::default();
        let base = self.counted_omap_base();
        let mut listing = self.omap.listing(base, span, u64::MAX, false);
        while let Some(row) = listing.next(work)? {
            work.vain()?;
            gone.add(&row.key, row.length);
        }
        Ok(gone)
    }

    /// Notes what a commit rewrites because `start..end` of the data changes: the whole of an extent of which it changes a
    /// part, once for each extent.
    fn open_extents(&mut self, start: u64, end: u64, size: u64) {
        if start >= end {
            return;
        }
        let (first, last) = (start / EXTENT, (end - 1) / EXTENT);
        for index in [first, last] {
            let from = index * EXTENT;
            let whole = size.saturating_sub(from).min(EXTENT);
            let changed = end.min(from + EXTENT) - start.max(from);
            if changed < whole && self.opened.insert(index) {
                self.work.rewrite(whole - changed);
            }
        }
    }

    /// Notes the rows that come and go because the data was `old` bytes long and now is `new`, beside those with new bytes.
    fn resize(&mut self, old: u64, new: u64) {
        let rows = old.div_ceil(EXTENT).abs_diff(new.div_ceil(EXTENT));
        self.work.rewrite(rows * ROW);
    }
}

impl ObjectWrite for Transaction {
    fn create(&mut self, exclusive: bool) -> Result<(), ObjectError> {
        if exclusive && self.state()?.exists {
            return Err(Errno::EEXIST.into());
        }
        self.touch()?;
        Ok(())
    }

    fn remove(&mut self) -> Result<(), ObjectError> {
        let state = self.existing()?;
        *state = State {
            existed: state.existed,
            touched: true,
            ..State::ABSENT
        };
        self.data.clear();
        self.xattrs.clear();
        self.omap.clear();
        Ok(())
    }

    fn write(&mut self, offset: u64, data: Bytes) -> Result<(), ObjectError> {
        let length = data.len() as u64;
        let end = self.quotas.check_size(offset.checked_add(length))?;
        let state = self.touch()?;
        let old = state.size;
        let size = old.max(end);
        state.size = size;
        if length == 0 {
            self.resize(old, size);
        } else if offset > old {
            self.resize(old, offset);
            // The zero bytes before it in its own extent are stored.
            self.work.rewrite((offset - old).min(offset % EXTENT));
        }
        self.open_extents(offset, offset + length, size);
        self.data.put(offset, Segment::Bytes(data));
        Ok(())
    }

    fn write_full(&mut self, data: Bytes) -> Result<(), ObjectError> {
        let size = self.quotas.check_size(Some(data.len() as u64))?;
        let state = self.touch()?;
        let old = state.size;
        state.size = size;
        state.kept = 0;
        if old > size {
            self.resize(old, size);
        }
        self.data.clear();
        self.data.put(0, Segment::Bytes(data));
        Ok(())
    }

    fn replace(&mut self, offset: u64, data: Bytes) -> Result<(), ObjectError> {
        let size = self
            .quotas
            .check_size(offset.checked_add(data.len() as u64))?;
        let state = self.touch()?;
        let old = state.size;
        state.size = size;
        state.kept = 0;
        self.resize(old, size);
        self.open_extents(offset, size, size);
        self.data.clear();
        self.data.put(offset, Segment::Bytes(data));
        Ok(())
    }

    fn truncate(&mut self, size: u64) -> Result<(), ObjectError> {
        if !self.state()?.exists {
            return Ok(());
        }
        let size = self.quotas.check_size(Some(size))?;
        let state = self.touch()?;
        let old = state.size;
        state.size = size;
        state.kept = state.kept.min(size);
        self.resize(old, size);
        if size < old {
            self.open_extents(
                size / EXTENT * EXTENT,
                size,
                size.next_multiple_of(EXTENT).min(old),
            );
        }
        self.data.truncate(size);
        Ok(())
    }

    fn zero(&mut self, offset: u64, length: u64) -> Result<(), ObjectError> {
        let state = self.state()?;
        if !state.exists {
            return Ok(());
        }
        state.touched = true;
        let size = state.size;
        let end = offset.saturating_add(length).min(size);
        if offset < end {
            self.open_extents(offset, end, size);
            self.resize(offset, end);
            self.data.put(offset, Segment::Zero(end - offset));
        }
        Ok(())
    }

    fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Result<(), ObjectError> {
        self.quotas.check_xattr(name, &value)?;
        self.state()?;
        let mut work = std::mem::take(&mut self.work);
        let old = self.xattrs.get(self.counted_xattr_base(), name, &mut work);
        self.work = work;
        let old = old?;
        let mut tally = self.state()?.xattrs;
        if let Some(old) = &old {
            tally.subtract(name, old.len() as u64);
        }
        tally.add(name, value.len() as u64);
        self.quotas.check_xattrs(tally)?;
        self.touch()?.xattrs = tally;
        self.xattrs.set(Bytes::copy_from_slice(name), Some(value));
        Ok(())
    }

    fn omap_set(&mut self, entries: &[(&[u8], Bytes)]) -> Result<(), ObjectError> {
        for (key, value) in entries {
            self.quotas.check_omap_entry(key, value)?;
        }
        // A quota may be passed by any of the entries, and then none may stay.
        self.open();
        let mut result = self.touch().map(|_| ());
        for (key, value) in entries {
            result = result.and_then(|()| self.omap_set_one(key, value.clone()));
        }
        self.close(result.is_ok());
        result
    }

    fn omap_remove(&mut self, keys: &[&[u8]]) -> Result<(), ObjectError> {
        self.existing()?;
        let mut work = std::mem::take(&mut self.work);
        let removed = self.omap_remove_all(keys, &mut work);
        self.work = work;
        removed?;
        self.touch()?;
        Ok(())
    }

    fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Result<(), ObjectError> {
        self.existing()?;
        let (begin, end) = (cut(begin), cut(end));
        if begin < end {
            let mut work = std::mem::take(&mut self.work);
            let gone = self.omap_count(begin, end, &mut work);
            self.work = work;
            let gone = gone?;
            let state = self.state()?;
            state.omap.entries = state.omap.entries.saturating_sub(gone.entries);
            state.omap.bytes = state.omap.bytes.saturating_sub(gone.bytes);
            self.omap.remove_range(begin, end);
        }
        self.touch()?;
        Ok(())
    }

    fn omap_clear(&mut self) -> Result<(), ObjectError> {
        let state = self.existing()?;
        state.touched = true;
        state.base_omap = false;
        state.omap = Tally::default();
        state.omap_header = None;
        self.omap.clear();
        Ok(())
    }

    fn omap_set_header(&mut self, header: Bytes) -> Result<(), ObjectError> {
        self.quotas.check_omap_value(&header)?;
        self.touch()?.omap_header = Some(header);
        Ok(())
    }
}
