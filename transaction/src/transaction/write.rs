//! Writes, buffered after the quotas agreed.

use std::ops::Bound;

use bytes::Bytes;
use objclass::{Errno, ObjectError, ObjectWrite};

use super::{State, Transaction};
use crate::{Segment, Tally};

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
        let old = self.omap_counted(key)?;
        let state = self.state()?;
        let mut tally = state.omap;
        if let Some(old) = &old {
            tally.subtract(key, old.len() as u64);
        }
        tally.add(key, value.len() as u64);
        state.omap = tally;
        self.quotas.check_omap(tally)?;
        self.omap.set(Bytes::copy_from_slice(key), value);
        Ok(())
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
        state.size = state.size.max(end);
        self.data.put(offset, Segment::Bytes(data));
        Ok(())
    }

    fn write_full(&mut self, data: Bytes) -> Result<(), ObjectError> {
        let size = self.quotas.check_size(Some(data.len() as u64))?;
        let state = self.touch()?;
        state.size = size;
        state.kept = 0;
        self.data.clear();
        self.data.put(0, Segment::Bytes(data));
        Ok(())
    }

    fn replace(&mut self, offset: u64, data: Bytes) -> Result<(), ObjectError> {
        let size = self
            .quotas
            .check_size(offset.checked_add(data.len() as u64))?;
        let state = self.touch()?;
        state.size = size;
        state.kept = 0;
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
        state.size = size;
        state.kept = state.kept.min(size);
        self.data.truncate(size);
        Ok(())
    }

    fn zero(&mut self, offset: u64, length: u64) -> Result<(), ObjectError> {
        let state = self.state()?;
        if !state.exists {
            return Ok(());
        }
        state.touched = true;
        let end = offset.saturating_add(length).min(state.size);
        if offset < end {
            self.data.put(offset, Segment::Zero(end - offset));
        }
        Ok(())
    }

    fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Result<(), ObjectError> {
        self.quotas.check_xattr(name, &value)?;
        self.state()?;
        let old = self.xattrs.get(self.counted_xattr_base(), name)?;
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
        for key in keys {
            let old = self.omap_counted(key)?;
            let uncounted = old.is_none() && self.omap_base().is_some_and(|base| !base.counts());
            if let Some(old) = &old {
                self.state()?.omap.subtract(key, old.len() as u64);
            }
            if old.is_some() || uncounted {
                self.omap.remove(Bytes::copy_from_slice(key));
            }
        }
        self.touch()?;
        Ok(())
    }

    fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Result<(), ObjectError> {
        self.existing()?;
        if begin < end {
            let mut gone = Tally::default();
            let mut listing = self.omap.listing(
                self.counted_omap_base(),
                Bound::Included(begin),
                b"",
                u64::MAX,
            );
            while let Some((key, value)) = listing.next()?
                && &key[..] < end
            {
                gone.add(&key, value.len() as u64);
            }
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
