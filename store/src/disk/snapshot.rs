//! One object as of one moment of the engine.

use std::{fmt, ops::Bound, sync::Arc};

use bytes::{Bytes, BytesMut};
use objclass::{Fault, ObjectId, Page, PageLimit, Pair};
use transaction::{Head, Snapshot};

use super::{
    key::{self, NUMBER, Table},
    plan::HEADER,
    rows::{self, Tables},
    value::{HeadRow, missing_extent},
};

/// Reads of more extents than this use one scan instead of a look-up each.
const SCAN_FROM: u32 = 4;

/// An object that exists, and the engine's snapshot that keeps its rows.
pub(super) struct DiskSnapshot {
    /// Dropped before the tables: the engine may remove files with it.
    view: fjall::Snapshot,
    tables: Arc<Tables>,
    extent: u32,
    row: HeadRow,
}

impl fmt::Debug for DiskSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskSnapshot")
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl DiskSnapshot {
    /// The object as committed now; `None` when it does not exist.
    pub(super) fn take(
        tables: &Arc<Tables>,
        extent: u32,
        id: &ObjectId,
    ) -> Result<Option<Self>, Fault> {
        let view = tables.database.snapshot();
        let head = rows::get(&view, tables, Table::Heads, &key::head(id))?;
        let Some(head) = head else {
            return Ok(None);
        };
        let row = HeadRow::decode(&head)?;
        Ok(Some(Self::of(tables, view, extent, row)))
    }

    /// The object whose head in `view` is `row`.
    pub(super) fn of(
        tables: &Arc<Tables>,
        view: fjall::Snapshot,
        extent: u32,
        row: HeadRow,
    ) -> Self {
        Self {
            tables: Arc::clone(tables),
            view,
            extent,
            row,
        }
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        rows::get(&self.view, &self.tables, table, key)
    }

    /// The stored bytes of an extent that has no place in the head; `None` for one of zero bytes, which a complete
    /// object does not have.
    fn stored(&self, index: u32) -> Result<Option<Bytes>, Fault> {
        let data = self.get(Table::Data, &key::extent(self.row.number, index))?;
        match data {
            None if self.row.complete => Err(missing_extent(index)),
            data => Ok(data),
        }
    }

    /// Rows of one table under the object's number, from a name on.
    fn entries(
        &self,
        table: Table,
        from: Bound<&[u8]>,
    ) -> impl Iterator<Item = Result<Pair, Fault>> + use<> {
        let from = from.map(|name| key::entry(self.row.number, name));
        let end = key::entry(self.row.number + 1, b"");
        let from = from.as_ref().map(|key| &key[..]);
        rows::range(&self.view, &self.tables, table, from, Bound::Excluded(&end))
            .map(|row| row.map(|(key, value)| (key.slice(NUMBER..), value)))
    }

    /// Copies the part of one extent that lies in `offset..offset + out.len()`; the rest of `out` stays zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the differences lie within one extent or within the buffer"
    )]
    fn place(&self, out: &mut [u8], offset: u64, index: u32, data: &[u8]) {
        let start = u64::from(index) * u64::from(self.extent);
        let skip = offset.saturating_sub(start) as usize;
        let at = start.saturating_sub(offset) as usize;
        let data = data.get(skip..).unwrap_or_default();
        let length = data.len().min(out.len() - at);
        out[at..at + length].copy_from_slice(&data[..length]);
    }
}

impl Snapshot for DiskSnapshot {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(Some(self.row.head))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the caller keeps the range within the object's size, which quotas keep in memory's and the index's reach"
    )]
    fn read(&self, offset: u64, length: u64) -> Result<Bytes, Fault> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        if !self.row.inline.is_empty() {
            let inline = &self.row.inline;
            if offset + length <= inline.len() as u64 {
                return Ok(inline.slice(offset as usize..(offset + length) as usize));
            }
            let mut out = BytesMut::zeroed(length as usize);
            self.place(&mut out, offset, 0, inline);
            return Ok(out.freeze());
        }
        let number = self.row.number;
        let extent = u64::from(self.extent);
        let first = (offset / extent) as u32;
        let last = ((offset + length - 1) / extent) as u32;
        if first == last {
            let within = (offset % extent) as usize;
            let data = self.stored(first)?.unwrap_or_default();
            if data.len() >= within + length as usize {
                return Ok(data.slice(within..within + length as usize));
            }
            let mut out = BytesMut::zeroed(length as usize);
            self.place(&mut out, offset, first, &data);
            return Ok(out.freeze());
        }
        let mut out = BytesMut::zeroed(length as usize);
        if last - first < SCAN_FROM {
            for index in first..=last {
                if let Some(data) = self.stored(index)? {
                    self.place(&mut out, offset, index, &data);
                }
            }
            return Ok(out.freeze());
        }
        let from = key::extent(number, first);
        let to = key::extent(number, last);
        let (from, to) = (Bound::Included(&from[..]), Bound::Included(&to[..]));
        let mut next = first;
        for row in rows::range(&self.view, &self.tables, Table::Data, from, to) {
            let (key, data) = row?;
            let (_, index) = key::parse_extent(&key).ok_or_else(foreign_row)?;
            if self.row.complete && index != next {
                return Err(missing_extent(next));
            }
            self.place(&mut out, offset, index, &data);
            next = index + 1;
        }
        if self.row.complete && next != last + 1 {
            return Err(missing_extent(next));
        }
        Ok(out.freeze())
    }

    fn xattr(&self, name: &[u8]) -> Result<Option<Bytes>, Fault> {
        if self.row.head.xattrs.entries == 0 {
            return Ok(None);
        }
        self.get(Table::Xattrs, &key::entry(self.row.number, name))
    }

    fn xattrs(&self) -> Result<Vec<Pair>, Fault> {
        if self.row.head.xattrs.entries == 0 {
            return Ok(Vec::new());
        }
        self.entries(Table::Xattrs, Bound::Included(b"")).collect()
    }

    fn omap_val(&self, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        // The empty key is the header's row.
        if key == HEADER || self.row.head.omap.entries == 0 {
            return Ok(None);
        }
        self.get(Table::Omap, &key::entry(self.row.number, key))
    }

    fn omap_range(
        &self,
        from: Bound<&[u8]>,
        prefix: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Pair>, Fault> {
        let mut page = Page {
            entries: Vec::new(),
            more: false,
        };
        if self.row.head.omap.entries == 0 {
            return Ok(page);
        }
        let start = match from {
            Bound::Included(key) if key > prefix => Bound::Included(key),
            Bound::Excluded(key) if key >= prefix => Bound::Excluded(key),
            _ if prefix == HEADER => Bound::Excluded(HEADER),
            _ => Bound::Included(prefix),
        };
        let mut bytes = 0_u64;
        for entry in self.entries(Table::Omap, start) {
            let (key, value) = entry?;
            if !key.starts_with(prefix) {
                break;
            }
            if page.entries.len() as u64 >= limit.entries || bytes > limit.bytes {
                page.more = true;
                break;
            }
            bytes += (key.len() + value.len()) as u64;
            page.entries.push((key, value));
        }
        Ok(page)
    }

    fn omap_header(&self) -> Result<Bytes, Fault> {
        let key = key::entry(self.row.number, HEADER);
        Ok(self.get(Table::Omap, &key)?.unwrap_or_default())
    }
}

fn foreign_row() -> Fault {
    Fault::new("table data has a row with a malformed key; restore the store from a backup")
}
