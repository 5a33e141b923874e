//! The reading half of a context.

use bytes::Bytes;

use super::{Refusable, charge, on};
use crate::{Budget, CallRefused, LimitKind, ObjectContext, Page, PageLimit, Pair};

/// Reads on the object, charged to `object-read` and `omap-keys`. Semantics and errors are those of
/// [`ObjectRead`](crate::ObjectRead).
#[derive(Debug)]
pub struct Reader<'c> {
    pub(super) object: &'c mut dyn ObjectContext,
    pub(super) budget: &'c mut Budget,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "the errors are ObjectRead's, plus Ended at a limit"
)]
impl Reader<'_> {
    /// Bytes of data; a `length` of 0 means to the end.
    pub fn read(&mut self, offset: u64, length: u64) -> Refusable<Bytes> {
        // Charged from the size, before anything is read or allocated.
        let size = on(self.object, self.budget, |object| object.stat())?.size;
        let rest = size.saturating_sub(offset);
        let length = if length == 0 { rest } else { length.min(rest) };
        if !self.budget.charge(LimitKind::ObjectRead, length) {
            return Err(CallRefused::Ended);
        }
        if length == 0 {
            return Ok(Bytes::new());
        }
        on(self.object, self.budget, |object| {
            object.read(offset, length)
        })
    }

    /// As [`read`](Reader::read), the first `most` bytes of it at most, and how many are left: for who copies what it reads
    /// and need not hold all of it twice.
    pub fn read_piece(&mut self, offset: u64, length: u64, most: u64) -> Refusable<(Bytes, u64)> {
        if (1..=most).contains(&length) {
            return Ok((self.read(offset, length)?, 0));
        }
        let size = on(self.object, self.budget, |object| object.stat())?.size;
        let rest = size.saturating_sub(offset);
        let length = if length == 0 { rest } else { length.min(rest) };
        if length == 0 {
            return Ok((Bytes::new(), 0));
        }
        let piece = self.read(offset, length.min(most))?;
        Ok((piece, length - length.min(most)))
    }

    /// The value of one xattr.
    pub fn xattr(&mut self, name: &[u8]) -> Refusable<Bytes> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        let value = on(self.object, self.budget, |object| object.xattr(name))?;
        charge(self.budget, LimitKind::ObjectRead, value.len())?;
        Ok(value)
    }

    /// All xattrs.
    pub fn xattrs(&mut self) -> Refusable<Vec<Pair>> {
        let pairs = on(self.object, self.budget, |object| object.xattrs())?;
        self.charge_pairs(&pairs)?;
        Ok(pairs)
    }

    /// Omap keys after `start_after`, at most `max`.
    pub fn omap_keys(&mut self, start_after: &[u8], max: u64) -> Refusable<Page<Bytes>> {
        let limit = self.page_limit(max);
        let page = on(self.object, self.budget, |object| {
            object.omap_keys(start_after, limit)
        })?;
        charge(self.budget, LimitKind::OmapKeys, page.entries.len())?;
        charge(
            self.budget,
            LimitKind::ObjectRead,
            page.entries.iter().map(Bytes::len).sum(),
        )?;
        Ok(page)
    }

    /// Omap entries after `start_after` whose keys begin with `prefix`, at most `max`.
    pub fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        max: u64,
    ) -> Refusable<Page<Pair>> {
        let limit = self.page_limit(max);
        let page = on(self.object, self.budget, |object| {
            object.omap_vals(start_after, prefix, limit)
        })?;
        self.charge_pairs(&page.entries)?;
        Ok(page)
    }

    /// The value of one omap key.
    pub fn omap_val(&mut self, key: &[u8]) -> Refusable<Bytes> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        let value = on(self.object, self.budget, |object| object.omap_val(key))?;
        charge(self.budget, LimitKind::ObjectRead, value.len())?;
        Ok(value)
    }

    /// The entries of those `keys` that exist.
    pub fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Refusable<Vec<Pair>> {
        charge(self.budget, LimitKind::OmapKeys, keys.len())?;
        let pairs = on(self.object, self.budget, |object| {
            object.omap_vals_by_keys(keys)
        })?;
        charge(self.budget, LimitKind::ObjectRead, pair_bytes(&pairs))?;
        Ok(pairs)
    }

    /// The omap header.
    pub fn omap_header(&mut self) -> Refusable<Bytes> {
        let header = on(self.object, self.budget, |object| object.omap_header())?;
        charge(self.budget, LimitKind::ObjectRead, header.len())?;
        Ok(header)
    }

    /// A page one entry larger than the budget, so that the entry that breaks it is seen and nothing more is
    /// gathered.
    fn page_limit(&self, max: u64) -> PageLimit {
        PageLimit {
            entries: max.min(self.budget.left(LimitKind::OmapKeys).saturating_add(1)),
            // What a guest cannot hold need not be gathered either.
            bytes: self
                .budget
                .left(LimitKind::ObjectRead)
                .min(self.budget.limits().memory),
        }
    }

    fn charge_pairs(&mut self, pairs: &[Pair]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, pairs.len())?;
        charge(self.budget, LimitKind::ObjectRead, pair_bytes(pairs))
    }
}

fn pair_bytes(pairs: &[Pair]) -> usize {
    pairs
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum()
}
