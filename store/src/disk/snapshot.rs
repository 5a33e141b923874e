//! One object as of one moment of the engine.

use std::{fmt, ops::Bound, sync::Arc};

use bytes::{Bytes, BytesMut};
use objclass::{Fault, ObjectError, ObjectId, Page, PageLimit, Pair, Work};
use transaction::{Head, Snapshot, Span};

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
    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        work.step()?;
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
                work.read(self.extent as usize)?;
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
            work.read(self.extent as usize)?;
            let (key, data) = row?;
            let (_, index) = key::parse_extent(&key).ok_or_else(foreign_row)?;
            if self.row.complete && index != next {
                return Err(missing_extent(next).into());
            }
            self.place(&mut out, offset, index, &data);
            next = index + 1;
        }
        if self.row.complete && next != last + 1 {
            return Err(missing_extent(next).into());
        }
        Ok(out.freeze())
    }

    fn xattr(&self, name: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        if self.row.head.xattrs.entries == 0 {
            return Ok(None);
        }
        work.step()?;
        Ok(self.get(Table::Xattrs, &key::entry(self.row.number, name))?)
    }

    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        if self.row.head.xattrs.entries == 0 {
            return Ok(Vec::new());
        }
        let (from, to) = keys(self.row.number, Span::ALL, b"");
        let (from, to) = (bound(&from), bound(&to));
        let mut xattrs = Vec::new();
        for row in rows::entries(&self.view, &self.tables, Table::Xattrs, from, to).map(named) {
            work.step()?;
            match row? {
                (name, Some(value)) => {
                    work.hold(name.len() + value.len())?;
                    xattrs.push((name, value));
                }
                (_, None) => work.dead()?,
            }
        }
        Ok(xattrs)
    }

    fn omap_val(&self, key: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        // The empty key is the header's row.
        if key == HEADER || self.row.head.omap.entries == 0 {
            return Ok(None);
        }
        work.step()?;
        let value = self.get(Table::Omap, &key::entry(self.row.omap, key))?;
        work.read(value.as_ref().map_or(0, Bytes::len))?;
        Ok(value)
    }

    fn omap_length(&self, key: &[u8], work: &mut Work) -> Result<Option<u64>, ObjectError> {
        if key == HEADER || self.row.head.omap.entries == 0 {
            return Ok(None);
        }
        work.step()?;
        let key = key::entry(self.row.omap, key);
        rows::length(&self.view, &self.tables, Table::Omap, &key, work)
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        if self.row.head.omap.entries == 0 {
            return Ok(nothing());
        }
        let (from, to) = keys(self.row.omap, span, &self.row.omap_first);
        let (from, to) = (bound(&from), bound(&to));
        let rows = rows::entries(&self.view, &self.tables, Table::Omap, from, to).map(named);
        page(rows, span, limit, work, |(key, value), work| {
            work.read(value.len())?;
            let cost = key.len() + value.len();
            Ok(((key, value), cost))
        })
    }

    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        if self.row.head.omap.entries == 0 {
            return Ok(nothing());
        }
        let (from, to) = keys(self.row.omap, span, &self.row.omap_first);
        let (from, to) = (bound(&from), bound(&to));
        let rows = rows::lengths(&self.view, &self.tables, Table::Omap, from, to).map(named);
        page(rows, span, limit, work, |(key, length), work| {
            work.read_in_vain(length)?;
            let cost = key.len();
            Ok(((key, length as u64), cost))
        })
    }

    fn omap_header(&self, work: &mut Work) -> Result<Bytes, ObjectError> {
        work.step()?;
        let key = key::entry(self.row.omap, HEADER);
        let header = self.get(Table::Omap, &key)?.unwrap_or_default();
        work.read(header.len())?;
        Ok(header)
    }
}

/// The keys of the rows of a span under a number: nothing after its end is looked at, and nothing before `first`, the first name
/// that may live. The omap header, which is the row of the empty name, is in no span.
fn keys(number: u64, span: Span<'_>, first: &[u8]) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let from = match span.start() {
        Bound::Included(name) | Bound::Excluded(name) if name < first => Bound::Included(first),
        Bound::Included(HEADER) => Bound::Excluded(HEADER),
        start => start,
    };
    let end = match span.end {
        Some(end) => key::entry(number, end),
        None => key::entry(number + 1, b""),
    };
    (
        from.map(|name| key::entry(number, name)),
        Bound::Excluded(end),
    )
}

fn nothing<T>() -> Page<T> {
    Page {
        entries: Vec::new(),
        more: false,
    }
}

fn bound(key: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    key.as_ref().map(|key| &key[..])
}

/// A row by the name it has within its object.
fn named<V>(row: Result<(Bytes, V), Fault>) -> Result<(Bytes, V), Fault> {
    row.map(|(key, value)| (key.slice(NUMBER..), value))
}

/// One page of a listing, dead rows walked in vain; `entry` makes an entry and says what it counts towards the limit's bytes.
fn page<V, T>(
    rows: impl Iterator<Item = Result<(Bytes, Option<V>), Fault>>,
    span: Span<'_>,
    limit: PageLimit,
    work: &mut Work,
    entry: impl Fn((Bytes, V), &mut Work) -> Result<(T, usize), ObjectError>,
) -> Result<Page<T>, ObjectError> {
    let mut page = nothing();
    let mut bytes = 0_u64;
    for row in rows {
        work.step()?;
        let (key, value) = row?;
        if !span.goes_on_to(&key) {
            break;
        }
        let Some(value) = value else {
            work.dead()?;
            continue;
        };
        if page.entries.len() as u64 >= limit.entries || bytes > limit.bytes {
            page.more = true;
            break;
        }
        let (entry, cost) = entry((key, value), work)?;
        bytes += cost as u64;
        page.entries.push(entry);
    }
    Ok(page)
}

fn foreign_row() -> Fault {
    Fault::new("table data has a row with a malformed key; restore the store from a backup")
}
