//! The writing half of a context.

use bytes::Bytes;

use super::{Refusable, charge, on};
use crate::{Budget, CallRefused, LimitKind, ObjectContext, ObjectError};

/// Writes on the object, charged to `object-written` and `omap-keys` before they are buffered. Semantics and
/// errors are those of [`ObjectWrite`](crate::ObjectWrite).
#[derive(Debug)]
pub struct Writer<'c> {
    pub(super) object: &'c mut dyn ObjectContext,
    pub(super) budget: &'c mut Budget,
}

/// What a write costs beyond its bytes: the record it occupies in the transaction, measured with writes of one byte that
/// do not merge.
const WRITE_BASE: usize = 128;

#[expect(
    clippy::missing_errors_doc,
    reason = "the errors are ObjectWrite's, plus Ended at a limit"
)]
impl Writer<'_> {
    /// Sees that `bytes` more can be written, before a backend copies them to hand them over. Charges nothing.
    pub fn check_room(&mut self, bytes: u64) -> Refusable<()> {
        if bytes > self.budget.left(LimitKind::ObjectWritten) {
            self.budget.hit(LimitKind::ObjectWritten);
            return Err(CallRefused::Ended);
        }
        Ok(())
    }

    /// Creates the object.
    pub fn create(&mut self, exclusive: bool) -> Refusable<()> {
        self.charged(0, |object| object.create(exclusive))
    }

    /// Removes the object.
    pub fn remove(&mut self) -> Refusable<()> {
        self.charged(0, |object| object.remove())
    }

    /// Writes at `offset`.
    pub fn write(&mut self, offset: u64, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| object.write(offset, data))
    }

    /// Replaces the content.
    pub fn write_full(&mut self, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| object.write_full(data))
    }

    /// Replaces the content with `data` at `offset` and nothing else: `truncate(0)` and `write`, as Ceph's
    /// `cls_cxx_replace`.
    pub fn replace(&mut self, offset: u64, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| object.replace(offset, data))
    }

    /// Cuts or extends the content.
    pub fn truncate(&mut self, size: u64) -> Refusable<()> {
        self.charged(0, |object| object.truncate(size))
    }

    /// Zeroes a range.
    pub fn zero(&mut self, offset: u64, length: u64) -> Refusable<()> {
        self.charged(0, |object| object.zero(offset, length))
    }

    /// Sets one xattr.
    pub fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        self.charged(name.len() + value.len(), |object| {
            object.set_xattr(name, value)
        })
    }

    /// Sets omap entries.
    pub fn omap_set(&mut self, entries: &[(&[u8], Bytes)]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, entries.len())?;
        let bytes = entries
            .iter()
            .map(|(key, value)| key.len() + value.len() + WRITE_BASE)
            .sum();
        self.charged(bytes, |object| object.omap_set(entries))
    }

    /// Removes omap keys.
    pub fn omap_remove(&mut self, keys: &[&[u8]]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, keys.len())?;
        let bytes = keys.iter().map(|key| key.len() + WRITE_BASE).sum();
        self.charged(bytes, |object| object.omap_remove(keys))
    }

    /// Removes the omap keys in `[begin, end)`.
    pub fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Refusable<()> {
        self.charged(begin.len() + end.len(), |object| {
            object.omap_remove_range(begin, end)
        })
    }

    /// Removes all omap keys and the header.
    pub fn omap_clear(&mut self) -> Refusable<()> {
        self.charged(0, |object| object.omap_clear())
    }

    /// Sets the omap header.
    pub fn omap_set_header(&mut self, header: Bytes) -> Refusable<()> {
        self.charged(header.len(), |object| object.omap_set_header(header))
    }

    fn charged(
        &mut self,
        bytes: usize,
        write: impl FnOnce(&mut dyn ObjectContext) -> Result<(), ObjectError>,
    ) -> Refusable<()> {
        charge(self.budget, LimitKind::ObjectWritten, bytes + WRITE_BASE)?;
        on(self.object, self.budget, write)
    }
}
