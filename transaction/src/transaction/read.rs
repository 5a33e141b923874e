//! Reads, which see the transaction's own writes.

use std::collections::BTreeMap;

use bytes::Bytes;
use objclass::{Errno, ObjectError, ObjectRead, Page, PageLimit, Pair, Stat};

use super::{State, Transaction};
use crate::{Snapshot, omap::Overlaid};

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
    pub(super) fn omap_visible(&self, key: &[u8]) -> Result<Option<Bytes>, ObjectError> {
        Ok(match (self.omap.get(key), self.omap_base()) {
            (Overlaid::Value(value), _) => Some(value),
            (Overlaid::Beneath, Some(base)) => base.omap_val(key)?,
            (Overlaid::Gone | Overlaid::Beneath, _) => None,
        })
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

    /// The value of one omap key as far as it is counted. The state is loaded.
    pub(super) fn omap_counted(&self, key: &[u8]) -> Result<Option<Bytes>, ObjectError> {
        Ok(match (self.omap.get(key), self.counted_omap_base()) {
            (Overlaid::Value(value), _) => Some(value),
            (Overlaid::Beneath, Some(base)) => base.omap_val(key)?,
            (Overlaid::Gone | Overlaid::Beneath, _) => None,
        })
    }
}

impl ObjectRead for Transaction {
    fn stat(&mut self) -> Result<Stat, ObjectError> {
        let state = self.existing()?;
        Ok(Stat {
            size: state.size,
            mtime: state.mtime,
        })
    }

    fn read(&mut self, offset: u64, length: u64) -> Result<Bytes, ObjectError> {
        let state = self.existing()?;
        let (size, kept) = (state.size, state.kept);
        let end = match length {
            0 => size,
            length => offset.saturating_add(length).min(size),
        };
        if offset >= end {
            return Ok(Bytes::new());
        }
        Ok(self.data.read(offset, end, kept, &*self.snapshot)?)
    }

    fn xattr(&mut self, name: &[u8]) -> Result<Bytes, ObjectError> {
        self.existing()?;
        self.xattrs
            .get(self.xattr_base(), name)?
            .ok_or_else(|| Errno::ENODATA.into())
    }

    fn xattrs(&mut self) -> Result<Vec<Pair>, ObjectError> {
        self.existing()?;
        Ok(self.xattrs.all(self.xattr_base())?)
    }

    fn omap_keys(
        &mut self,
        start_after: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Bytes>, ObjectError> {
        self.state()?;
        let page = self
            .omap
            .page(self.omap_base(), start_after, b"", limit, |(key, _)| {
                key.len()
            })?;
        Ok(Page {
            entries: page.entries.into_iter().map(|(key, _)| key).collect(),
            more: page.more,
        })
    }

    fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Pair>, ObjectError> {
        self.state()?;
        Ok(self.omap.page(
            self.omap_base(),
            start_after,
            prefix,
            limit,
            |(key, value)| key.len() + value.len(),
        )?)
    }

    fn omap_val(&mut self, key: &[u8]) -> Result<Bytes, ObjectError> {
        self.existing()?;
        self.omap_visible(key)?.ok_or_else(|| Errno::ENOENT.into())
    }

    fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Result<Vec<Pair>, ObjectError> {
        if !self.state()?.exists {
            return Ok(Vec::new());
        }
        let mut found = BTreeMap::new();
        for key in keys {
            if let Some(value) = self.omap_visible(key)? {
                found.insert(Bytes::copy_from_slice(key), value);
            }
        }
        Ok(found.into_iter().collect())
    }

    fn omap_header(&mut self) -> Result<Bytes, ObjectError> {
        let state = self.state()?;
        if let Some(header) = &state.omap_header {
            return Ok(header.clone());
        }
        match self.omap_base() {
            Some(base) => Ok(base.omap_header()?),
            None => Ok(Bytes::new()),
        }
    }
}
