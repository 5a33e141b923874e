//! From the changes of one transaction to the rows that carry them.

use std::ops::Bound;

use bytes::Bytes;
use objclass::{Fault, ObjectId};
use transaction::{Changes, Head, Written};

use super::{
    census::Change,
    extents::{ExtentChange, Extents},
    key::{self, MAX_NAME, Table},
    rows::{self, Rows, Tables},
    value::{HeadRow, missing_extent},
};
use crate::clock::now_after;

/// The omap key the header is under; no entry has it.
pub(super) const HEADER: &[u8] = b"";

/// Data of objects up to this size is kept in their head row: one look-up and one row for a counter, a lock or a small
/// record. Larger heads would make listings slow.
pub(super) const INLINE: u64 = 512;

/// Everything a commit of one locked object needs to know. The lock keeps the object's rows still, so they are read
/// as they are when the plan is begun.
pub(super) struct Plan<'a> {
    tables: &'a Tables,
    view: fjall::Snapshot,
    extent: u32,
    id: &'a ObjectId,
    head_key: Vec<u8>,
    old: Option<HeadRow>,
}

impl<'a> Plan<'a> {
    pub(super) fn begin(tables: &'a Tables, extent: u32, id: &'a ObjectId) -> Result<Self, Fault> {
        let view = tables.database.snapshot();
        let head_key = key::head(id);
        let old = rows::get(&view, tables, Table::Heads, &head_key)?
            .map(|payload| HeadRow::decode(&payload))
            .transpose()?;
        Ok(Self {
            tables,
            view,
            extent,
            id,
            head_key,
            old,
        })
    }

    /// At most so many bytes the rows take that `changes` remove without naming them: those of a removed object, of a
    /// cleared omap, of a range of keys. They are found and held like rows that are written.
    pub(super) fn removed_bytes(&self, changes: &Changes) -> u64 {
        /// What a row takes beside its bytes.
        const EACH: u64 = 64;
        let Some(HeadRow { head, .. }) = &self.old else {
            return 0;
        };
        let omap = head.omap.entries * EACH + head.omap.bytes;
        let others = head.xattrs.entries * EACH
            + head.xattrs.bytes
            + head.size / u64::from(self.extent) * EACH;
        match changes {
            Changes::Removed => omap + others,
            Changes::Written(written) if written.fresh => omap + others,
            Changes::Written(written)
                if written.omap_cleared || !written.omap_removed.is_empty() =>
            {
                omap
            }
            Changes::Written(_) => 0,
        }
    }

    /// The rows of `changes`, as those of the commit that gets `version`.
    pub(super) fn rows(mut self, changes: Changes, version: u64) -> Result<Rows, Fault> {
        let old = self.old.take();
        let mut rows = Rows::default();
        match changes {
            Changes::Removed => {
                if let Some(old) = old {
                    self.remove_content(&mut rows, &old)?;
                    rows.remove(Table::Heads, &self.head_key);
                    rows.change = Some(Change::Removed {
                        pool: self.id.pool.clone(),
                    });
                }
            }
            Changes::Written(written) => {
                let before = old
                    .as_ref()
                    .map_or_else(Default::default, |old| old.head.mtime);
                if old.is_none() {
                    rows.change = Some(Change::Created {
                        pool: self.id.pool.clone(),
                    });
                }
                if let (Some(old), true) = (&old, written.fresh) {
                    self.remove_content(&mut rows, old)?;
                }
                let kept = old.filter(|_| !written.fresh);
                let mut new = HeadRow {
                    number: kept.as_ref().map_or(version, |kept| kept.number),
                    head: Head {
                        size: written.size,
                        mtime: now_after(before),
                        version,
                        xattrs: written.xattr_tally,
                        omap: written.omap_tally,
                    },
                    // What an object of an older format lacks nobody knows.
                    complete: kept.as_ref().is_none_or(|kept| kept.complete),
                    inline: Bytes::new(),
                };
                new.inline = self.write_data(&mut rows, kept.as_ref(), &new, &written)?;
                self.write_entries(&mut rows, kept.as_ref(), &new, *written)?;
                rows.set(Table::Heads, &self.head_key, new.encode());
            }
        }
        Ok(rows)
    }

    /// Returns what of the data goes into the head row.
    fn write_data(
        &self,
        rows: &mut Rows,
        old: Option<&HeadRow>,
        new: &HeadRow,
        written: &Written,
    ) -> Result<Bytes, Fault> {
        let inline = old.map_or_else(Bytes::new, |old| old.inline.clone());
        let load = |index| {
            if index == 0 && !inline.is_empty() {
                return Ok(inline.to_vec());
            }
            let key = key::extent(new.number, index);
            match rows::get(&self.view, self.tables, Table::Data, &key)? {
                Some(data) => Ok(Vec::from(data)),
                None if new.complete => Err(missing_extent(index)),
                None => Ok(Vec::new()),
            }
        };
        let extents = Extents {
            size: self.extent,
            old: old.map_or(0, |old| old.head.size),
            complete: new.complete,
            load,
        };
        // The first extent may move between the head row and its own.
        let mut first = None;
        for change in extents.plan(written)? {
            match change {
                ExtentChange::Set(0, data) => first = Some(data),
                ExtentChange::Remove(0) => first = Some(Vec::new()),
                ExtentChange::Set(index, data) => {
                    rows.set(Table::Data, key::extent(new.number, index), data);
                }
                ExtentChange::Remove(index) => {
                    rows.remove(Table::Data, key::extent(new.number, index));
                }
            }
        }
        let had_row = inline.is_empty() && old.is_some_and(|old| old.head.size > 0);
        let key = key::extent(new.number, 0);
        if written.size <= INLINE {
            if first.is_none() && had_row {
                first = Some(load(0)?);
            }
            if had_row {
                rows.remove(Table::Data, key);
            }
            let data = first.map_or(inline, Bytes::from);
            // Without any byte here the extent would be looked for in the table.
            return Ok(match data.is_empty() && written.size > 0 {
                true => Bytes::from_static(&[0]),
                false => data,
            });
        }
        match first {
            Some(data) if new.complete || !data.is_empty() => rows.set(Table::Data, key, data),
            Some(_) if had_row => rows.remove(Table::Data, key),
            None if !inline.is_empty() => rows.set(Table::Data, key, inline.into()),
            Some(_) | None => {}
        }
        Ok(Bytes::new())
    }

    fn write_entries(
        &self,
        rows: &mut Rows,
        old: Option<&HeadRow>,
        new: &HeadRow,
        written: Written,
    ) -> Result<(), Fault> {
        let names = written.xattrs.keys().chain(written.omap.keys());
        if names.into_iter().any(|name| name.len() > MAX_NAME) {
            return Err(Fault::new("a name or key is too long to be stored"));
        }
        // A row must not appear twice in one commit: the engine does not order rows of one batch.
        for key in self.gone(old, &written)? {
            rows.remove(Table::Omap, key);
        }
        let mut put = |table, name: &[u8], value: Option<Bytes>| {
            let key = key::entry(new.number, name);
            match value {
                Some(value) => rows.set(table, key, value.into()),
                None => rows.remove(table, key),
            }
        };
        for (name, value) in written.xattrs {
            put(Table::Xattrs, &name, value);
        }
        for (key, value) in written.omap {
            put(Table::Omap, &key, value);
        }
        if let Some(header) = written.omap_header {
            // An empty header is none.
            let header = Some(header).filter(|header| !header.is_empty());
            put(Table::Omap, HEADER, header);
        }
        Ok(())
    }

    /// The old omap rows that a clear or a removed range takes away and nothing sets again.
    fn gone(&self, old: Option<&HeadRow>, written: &Written) -> Result<Vec<fjall::Slice>, Fault> {
        let Some(old) = old else {
            return Ok(Vec::new());
        };
        let mut gone = Vec::new();
        if written.omap_cleared {
            self.collect_all(Table::Omap, old.number, &mut gone)?;
        }
        for (begin, end) in &written.omap_removed {
            let begin = key::entry(old.number, begin);
            let end = key::entry(old.number, end);
            self.collect(Table::Omap, &begin, &end, &mut gone)?;
        }
        gone.retain(|key| match key::parse_entry(key) {
            // A range may begin at the empty key; the header is none of its keys and goes with a clear only.
            Some((_, HEADER)) => written.omap_cleared && written.omap_header.is_none(),
            Some((_, key)) => !written.omap.contains_key(key),
            None => true,
        });
        Ok(gone)
    }

    /// Removes every row under an object's number.
    fn remove_content(&self, rows: &mut Rows, old: &HeadRow) -> Result<(), Fault> {
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            let mut gone = Vec::new();
            self.collect_all(table, old.number, &mut gone)?;
            for key in gone {
                rows.remove(table, key);
            }
        }
        Ok(())
    }

    fn collect_all(
        &self,
        table: Table,
        number: u64,
        keys: &mut Vec<fjall::Slice>,
    ) -> Result<(), Fault> {
        // Numbers are versions and never come near the last one.
        let begin = key::entry(number, b"");
        let end = key::entry(number + 1, b"");
        self.collect(table, &begin, &end, keys)
    }

    fn collect(
        &self,
        table: Table,
        begin: &[u8],
        end: &[u8],
        keys: &mut Vec<fjall::Slice>,
    ) -> Result<(), Fault> {
        let (from, to) = (Bound::Included(begin), Bound::Excluded(end));
        for key in rows::keys(&self.view, self.tables, table, from, to) {
            keys.push(key?);
        }
        Ok(())
    }
}
