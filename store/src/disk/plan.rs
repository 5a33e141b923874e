//! From the changes of one transaction to the rows that carry them.

use std::ops::Bound;

use bytes::Bytes;
use objclass::{Fault, ObjectId};
use transaction::{Changes, Head, Written};

use super::{
    census::Change,
    extents::{ExtentChange, Extents},
    garbage,
    key::{self, MAX_NAME, Table},
    rows::{self, Rows, Tables},
    value::{HeadRow, LONGEST_FIRST, missing_extent},
};
use crate::clock::now_after;

/// The omap key the header is under; no entry has it.
pub(super) const HEADER: &[u8] = b"";

/// Data of objects up to this size is kept in their head row: one look-up and one row for a counter, a lock or a small
/// record. Larger heads would make listings slow.
pub(super) const INLINE: u64 = 512;

/// Rows of one table that are removed at once when nobody names their number any more. More are left to a background task, so
/// that a commit that takes a million away costs what one does that takes none.
const FEW: u64 = 64;

/// Dead rows an omap may have, beside two for each that lives, before those that live move to a new number. What a listing
/// walks over in vain is thereby bounded, and each removal pays for half a row that moves.
const DEAD: u64 = 256;

/// What may move in one commit at most: rows, and bytes of keys and values.
const MOVED: u64 = 4096;
const MOVED_BYTES: u64 = 1 << 20;

/// So many times as much as what is left must go at once for it to move although it is more than that, and what a buried row
/// counts as in bytes.
const DEARER: u64 = 8;
const ROW_BYTES: u64 = 256;

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
        match changes {
            // Found by a few at most: more become garbage.
            Changes::Written(written)
                if !written.fresh && !written.omap_cleared && !written.omap_removed.is_empty() =>
            {
                let gone = head.omap.entries.saturating_sub(written.omap_tally.entries);
                gone * EACH + head.omap.bytes.saturating_sub(written.omap_tally.bytes)
            }
            Changes::Removed | Changes::Written(_) => 3 * FEW * EACH,
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
                    rows.change = Change::between(&self.id.pool, Some(&old.head), None);
                }
            }
            Changes::Written(written) => {
                let before = old
                    .as_ref()
                    .map_or_else(Default::default, |old| old.head.mtime);
                let head_before = old.as_ref().map(|old| old.head);
                if let (Some(old), true) = (&old, written.fresh) {
                    self.remove_content(&mut rows, old)?;
                }
                let kept = old.filter(|_| !written.fresh);
                let mut new = HeadRow {
                    number: kept.as_ref().map_or(version, |kept| kept.number),
                    head: Head {
                        size: written.size,
                        mtime: written.mtime.unwrap_or_else(|| now_after(before)),
                        version,
                        xattrs: written.xattr_tally,
                        omap: written.omap_tally,
                    },
                    // What an object of an older format lacks nobody knows.
                    complete: kept.as_ref().is_none_or(|kept| kept.complete),
                    omap: kept.as_ref().map_or(version, |kept| kept.omap),
                    omap_dead: kept.as_ref().map_or(0, |kept| kept.omap_dead),
                    omap_first: kept
                        .as_ref()
                        .map_or_else(Bytes::new, |kept| kept.omap_first.clone()),
                    inline: Bytes::new(),
                };
                new.inline = self.write_data(&mut rows, kept.as_ref(), &new, &written)?;
                match Omap::of(kept.as_ref(), &written) {
                    Omap::New | Omap::Moved => new.renumber(version),
                    Omap::Kept { dead } => {
                        new.omap_dead += dead;
                        if let Some(old) = &kept {
                            new.omap_first = self.first(old, &written, dead)?;
                        }
                    }
                }
                self.write_entries(&mut rows, kept.as_ref(), &new, *written)?;
                rows.change = Change::between(&self.id.pool, head_before.as_ref(), Some(&new.head));
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
        mut written: Written,
    ) -> Result<(), Fault> {
        let names = written.xattrs.keys().chain(written.omap.keys());
        if names.into_iter().any(|name| name.len() > MAX_NAME) {
            return Err(Fault::new("a name or key is too long to be stored"));
        }
        // A row must not appear twice in one commit: the engine does not order rows of one batch.
        if let Some(old) = old {
            if old.omap == new.omap {
                for key in self.gone(old, &written)? {
                    match key::parse_entry(&key) {
                        // No walk comes by the header.
                        Some((_, HEADER)) => rows.remove(Table::Omap, key),
                        _ => rows.bury(Table::Omap, key),
                    }
                }
            } else {
                if !written.omap_cleared {
                    self.move_omap(old, &mut written)?;
                }
                // Under the new number nothing is there to be removed.
                written.omap.retain(|_, value| value.is_some());
                let gone = old.head.omap.entries.saturating_add(old.omap_dead) + 1;
                self.remove_all(rows, Table::Omap, old.omap, gone, old.head.omap.bytes)?;
            }
        }
        let mut put = |table, number, name: &[u8], value: Option<Bytes>| {
            let key = key::entry(number, name);
            match value {
                Some(value) => rows.set(table, key, value.into()),
                None if name == HEADER => rows.remove(table, key),
                None => rows.bury(table, key),
            }
        };
        for (name, value) in written.xattrs {
            put(Table::Xattrs, new.number, &name, value);
        }
        for (key, value) in written.omap {
            put(Table::Omap, new.omap, &key, value);
        }
        if let Some(header) = written.omap_header {
            // An empty header is none.
            let header = Some(header).filter(|header| !header.is_empty());
            if header.is_some() || old.is_some_and(|old| old.omap == new.omap) {
                put(Table::Omap, new.omap, HEADER, header);
            }
        }
        Ok(())
    }

    /// Adds what is left of the old omap, its header included, to what is written: few rows, on their way to a new number.
    fn move_omap(&self, old: &HeadRow, written: &mut Written) -> Result<(), Fault> {
        if written.omap_header.is_none() {
            let header = key::entry(old.omap, HEADER);
            written.omap_header = rows::get(&self.view, self.tables, Table::Omap, &header)?;
        }
        // After the header's row, which is no key of any range.
        let (mut from, to) = (key::entry(old.omap, &[0]), key::entry(old.omap + 1, b""));
        let mut removed = std::mem::take(&mut written.omap_removed).into_iter();
        loop {
            // Between two removed ranges: what is in them is passed by, not read.
            let range = removed.next();
            let until = match &range {
                Some((begin, _)) => key::entry(old.omap, begin),
                None => to.clone(),
            };
            if from < until {
                let (start, end) = (Bound::Included(&from[..]), Bound::Excluded(&until[..]));
                for row in rows::entries(&self.view, self.tables, Table::Omap, start, end) {
                    if let (key, Some(value)) = row? {
                        let key = key.slice(key::NUMBER..);
                        written.omap.entry(key).or_insert(Some(value));
                    }
                }
            }
            match range {
                Some((_, end)) => from = key::entry(old.omap, &end),
                None => return Ok(()),
            }
        }
    }

    /// The old omap rows that live, which a clear of a few or a removed range takes away and nothing sets again.
    fn gone(&self, old: &HeadRow, written: &Written) -> Result<Vec<Bytes>, Fault> {
        let mut gone = Vec::new();
        let mut collect = |begin: &[u8], end: &[u8]| {
            let (from, to) = (Bound::Included(begin), Bound::Excluded(end));
            for row in rows::lengths(&self.view, self.tables, Table::Omap, from, to) {
                if let (key, Some(_)) = row? {
                    gone.push(key);
                }
            }
            Ok::<(), Fault>(())
        };
        if written.omap_cleared {
            collect(&key::entry(old.omap, b""), &key::entry(old.omap + 1, b""))?;
        }
        for (begin, end) in &written.omap_removed {
            let begin = begin.max(&old.omap_first);
            collect(&key::entry(old.omap, begin), &key::entry(old.omap, end))?;
        }
        gone.retain(|key| match key::parse_entry(key) {
            // A range may begin at the empty key; the header is none of its keys and goes with a clear only.
            Some((_, HEADER)) => written.omap_cleared && written.omap_header.is_none(),
            Some((_, key)) => !written.omap.contains_key(key),
            None => true,
        });
        Ok(gone)
    }

    /// The first key that may live under the number an omap keeps, once `written` is committed, which removes `dead` keys. Whoever
    /// takes from the front of a queue thereby never walks over what was taken, however long the queue is.
    fn first(&self, old: &HeadRow, written: &Written, dead: u64) -> Result<Bytes, Fault> {
        let set = written.omap.iter().find(|(_, value)| value.is_some());
        let set = set.map(|(key, _)| key.slice(..key.len().min(LONGEST_FIRST)));
        let lowest = |first: Bytes| match &set {
            Some(set) if *set < first => set.clone(),
            _ => first,
        };
        if dead == 0 || old.omap_dead < DEAD {
            return Ok(lowest(old.omap_first.clone()));
        }
        let mut first = old.omap_first.clone();
        let after_header = &[0][..];
        let from = key::entry(old.omap, first.as_ref().max(after_header));
        let to = key::entry(old.omap + 1, b"");
        let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        // What goes now was paid for; of what went before a little is passed by each time.
        let most = usize::try_from(2 * dead + FEW).unwrap_or(usize::MAX);
        for row in rows::lengths(&self.view, self.tables, Table::Omap, from, to).take(most) {
            let (key, length) = row?;
            let key = key.slice(key::NUMBER..);
            let lives = match written.omap.get(&key) {
                Some(value) => value.is_some(),
                None => length.is_some() && !is_within(&written.omap_removed, &key),
            };
            first = key.slice(..key.len().min(LONGEST_FIRST));
            if lives {
                break;
            }
        }
        Ok(lowest(first))
    }

    /// Removes every row of an object.
    fn remove_content(&self, rows: &mut Rows, old: &HeadRow) -> Result<(), Fault> {
        let head = &old.head;
        let extents = head.size.div_ceil(u64::from(self.extent));
        let (xattrs, omap) = (head.xattrs, head.omap);
        let omap_rows = omap.entries.saturating_add(old.omap_dead) + 1;
        self.remove_all(rows, Table::Data, old.number, extents, head.size)?;
        self.remove_all(
            rows,
            Table::Xattrs,
            old.number,
            xattrs.entries,
            xattrs.bytes,
        )?;
        self.remove_all(rows, Table::Omap, old.omap, omap_rows, omap.bytes)
    }

    /// Removes the rows of a table under a number that nobody names from now on, about `count` of them: a few at once, more
    /// by a note that they are garbage.
    fn remove_all(
        &self,
        rows: &mut Rows,
        table: Table,
        number: u64,
        count: u64,
        bytes: u64,
    ) -> Result<(), Fault> {
        if count > FEW {
            garbage::note(rows, table, number, count, bytes);
            return Ok(());
        }
        let mut gone = Vec::new();
        // Numbers are versions and never come near the last one.
        let begin = key::entry(number, b"");
        let end = key::entry(number + 1, b"");
        self.collect(table, &begin, &end, &mut gone)?;
        for key in gone {
            rows.remove(table, key);
        }
        Ok(())
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

/// What becomes of an object's omap number.
#[derive(Debug, PartialEq, Eq)]
enum Omap {
    /// It stays, with so many more dead rows.
    Kept { dead: u64 },
    /// The omap gets a new one, and the few rows that are left of it move there.
    Moved,
    /// The omap was cleared: it gets a new one and begins empty.
    New,
}

impl Omap {
    fn of(old: Option<&HeadRow>, written: &Written) -> Self {
        let Some(old) = old else {
            return Omap::Kept { dead: 0 };
        };
        let before = old.head.omap.entries;
        if written.omap_cleared {
            return match before.saturating_add(old.omap_dead) <= FEW {
                true => Omap::Kept { dead: before },
                false => Omap::New,
            };
        }
        let single = written
            .omap
            .values()
            .filter(|value| value.is_none())
            .count() as u64;
        let left = written.omap_tally;
        let gone = match written.omap_removed.is_empty() {
            true => single,
            // At most: what is set may have been there.
            false => (before + written.omap.len() as u64 - single)
                .saturating_sub(left.entries)
                .max(single),
        };
        let dead = old.omap_dead.saturating_add(gone);
        // To move what is left is also cheaper than to bury much more than that.
        let is_small = left.entries <= MOVED.max(gone / DEARER)
            && left.bytes <= MOVED_BYTES.max(gone * ROW_BYTES / DEARER);
        match gone > 0 && is_small && dead > DEAD + 2 * left.entries {
            true => Omap::Moved,
            false => Omap::Kept { dead: gone },
        }
    }
}

/// Whether a key is in one of the sorted, disjoint ranges.
fn is_within(ranges: &[(Bytes, Bytes)], key: &Bytes) -> bool {
    let after = ranges.partition_point(|(begin, _)| begin <= key);
    after.checked_sub(1).is_some_and(|at| *key < ranges[at].1)
}

impl HeadRow {
    /// Gives the omap a number under which there are no rows yet.
    fn renumber(&mut self, version: u64) {
        self.omap = version;
        self.omap_dead = 0;
        self.omap_first = Bytes::new();
    }
}
