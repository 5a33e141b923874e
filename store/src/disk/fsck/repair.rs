//! What is done about what a check found.
//!
//! Rule: whatever the rows tell is made right; nothing is made up; nothing is dropped that was not asked to be. A damaged
//! object keeps its rows and gets another name, so that what is sound of it can still be read.

use std::{ops::Bound, sync::atomic::Ordering};

use bytes::Bytes;
use fjall::{Readable as _, Slice};
use objclass::ObjectId;
use transaction::{Changes, Head, Segment, Tally, Written};

use crate::{
    CommitError, Durability, StoreEngine as _,
    clock::now_after,
    disk::{
        DiskStore,
        census::{self, Change},
        group::AppliesBatch as _,
        key::{self, NUMBER, Table},
        plan::HEADER,
        rows::{self, Rows},
        value::HeadRow,
    },
    id::MAX_OID,
};
use crate::{LOST_AND_FOUND, Outcome, Repair};

/// Rows removed in one batch.
const BATCH: usize = 10_000;
/// Bytes of the checksum at the end of a row, damaged or not.
const CHECKSUM: usize = size_of::<u32>();

const ASIDE: &str = "it is in pool lost+found already";
const UNREADABLE: &str = "the storage engine cannot read it; restore the store from a backup";
const SHARED: &str =
    "nobody can tell whose the rows are; remove one of the two, or restore the store";
const FAILED: &str = "writing failed";

/// Writes repairs, or only says what there would be to repair.
pub(super) struct Mender<'a> {
    store: &'a DiskStore,
    repair: Repair,
}

impl<'a> Mender<'a> {
    pub(super) fn new(store: &'a DiskStore, repair: Repair) -> Self {
        Self { store, repair }
    }

    /// Objects the store says it has.
    pub(super) fn objects(&self) -> u64 {
        self.store.census.all()
    }

    pub(super) fn unreadable(&self) -> Outcome {
        self.left(UNREADABLE)
    }

    pub(super) fn shared(&self) -> Outcome {
        self.left(SHARED)
    }

    fn left(&self, why: &'static str) -> Outcome {
        match self.repair {
            Repair::Nothing => Outcome::Found,
            _ => Outcome::Left(why),
        }
    }

    /// Replaces the head of an object whose rows are sound by one that counts them.
    pub(super) fn rewrite(&self, id: &ObjectId, head: &HeadRow) -> Outcome {
        if self.repair == Repair::Nothing {
            return Outcome::Found;
        }
        let mut rows = Rows::default();
        rows.set(Table::Heads, key::head(id), head.encode());
        match self.write(head.head.version, vec![rows]) {
            Ok(()) => Outcome::Repaired,
            Err(_) => Outcome::Left(FAILED),
        }
    }

    /// Lets versions go on behind `version`.
    pub(super) fn catch_up(&self, version: u64) -> Outcome {
        if self.repair == Repair::Nothing {
            return Outcome::Found;
        }
        self.store.versions.fetch_max(version, Ordering::AcqRel);
        let mut rows = Rows::default();
        // A batch without rows would not be written, and with it the version.
        rows.set(Table::Meta, key::COUNTED, Vec::new());
        match self.write(version, vec![rows]) {
            Ok(()) => Outcome::Repaired,
            Err(_) => Outcome::Left(FAILED),
        }
    }

    /// An object with a sound head and damaged rows.
    pub(super) fn damaged(&self, view: &fjall::Snapshot, id: &ObjectId, row: &HeadRow) -> Outcome {
        match self.repair {
            Repair::Nothing => Outcome::Found,
            Repair::MoveAside if id.pool == LOST_AND_FOUND => Outcome::Left(ASIDE),
            Repair::MoveAside => {
                let to = aside(row.number, id);
                let (mut gone, mut new) = (Rows::default(), Rows::default());
                gone.remove(Table::Heads, key::head(id));
                gone.change = Change::between(&id.pool, Some(&row.head), None);
                new.set(Table::Heads, key::head(&to), row.encode());
                new.change = Change::between(&to.pool, None, Some(&row.head));
                self.moved(self.write(row.head.version, vec![gone, new]), to)
            }
            Repair::RemoveDamaged => {
                let mut head = Rows::default();
                head.remove(Table::Heads, key::head(id));
                head.change = Change::between(&id.pool, Some(&row.head), None);
                // The head last: cut short, this leaves an object that is still damaged, and no orphans.
                let done = self.remove_under(view, row.number).and_then(|()| {
                    if row.omap == row.number {
                        return Ok(());
                    }
                    self.remove_under(view, row.omap)
                });
                removed(done.and_then(|()| self.write(0, vec![head])))
            }
        }
    }

    /// A head that cannot be read: whose rows were its is unknown, and they turn up as orphans.
    pub(super) fn damaged_head(&self, view: &fjall::Snapshot, id: &ObjectId) -> Outcome {
        self.stray_named(view, Table::Heads, &key::head(id), |number| {
            aside(number, id)
        })
    }

    /// A row whose key cannot be.
    pub(super) fn stray(&self, view: &fjall::Snapshot, table: Table, key: &[u8]) -> Outcome {
        self.stray_named(view, table, key, |number| ObjectId {
            pool: LOST_AND_FOUND.to_owned(),
            namespace: String::new(),
            oid: format!("{number}/row of table {}", table.name()),
        })
    }

    /// Keeps a row's value, whatever it is, as the data of an object of its own.
    fn stray_named(
        &self,
        view: &fjall::Snapshot,
        table: Table,
        key: &[u8],
        name: impl Fn(u64) -> ObjectId,
    ) -> Outcome {
        if self.repair == Repair::Nothing {
            return Outcome::Found;
        }
        let mut row = Rows::default();
        row.remove(table, Slice::from(key));
        if self.repair == Repair::RemoveDamaged {
            return removed(self.write(0, vec![row]));
        }
        let Ok(Some(value)) = view.get(self.store.tables().keyspace(table), key) else {
            return Outcome::Left(UNREADABLE);
        };
        let number = self.store.versions.load(Ordering::Acquire) + 1;
        let to = name(number);
        let kept = self.keep(&to, Bytes::from(value));
        self.moved(kept.and_then(|()| self.write(0, vec![row])), to)
    }

    /// Rows under the number of no object: they get a head that says what there is.
    pub(super) fn orphans(&self, view: &fjall::Snapshot, number: u64, extent: u64) -> Outcome {
        match self.repair {
            Repair::Nothing => Outcome::Found,
            Repair::RemoveDamaged => removed(self.remove_under(view, number)),
            Repair::MoveAside => {
                let to = ObjectId {
                    pool: LOST_AND_FOUND.to_owned(),
                    namespace: String::new(),
                    oid: format!("{number}"),
                };
                // Rows of one number in several tables are found once for each.
                if self
                    .store
                    .snapshot(&to)
                    .is_ok_and(|now| matches!(now.head(), Ok(Some(_))))
                {
                    return Outcome::Moved(to);
                }
                let Some(row) = self.gathered(view, number, extent) else {
                    return Outcome::Left(UNREADABLE);
                };
                let mut new = Rows::default();
                new.set(Table::Heads, key::head(&to), row.encode());
                new.change = Change::between(&to.pool, None, Some(&row.head));
                self.moved(self.write(row.head.version, vec![new]), to)
            }
        }
    }

    /// A head for the rows under `number`, by their keys and lengths alone.
    fn gathered(&self, view: &fjall::Snapshot, number: u64, extent: u64) -> Option<HeadRow> {
        let versions = &self.store.versions;
        let last = versions.fetch_max(number, Ordering::AcqRel).max(number);
        let mut head = Head {
            version: versions.fetch_max(last + 1, Ordering::AcqRel).max(last + 1),
            mtime: now_after(Default::default()),
            ..Head::default()
        };
        let mut extents = 0;
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            for row in self.rows_under(view, table, number) {
                let (key, value) = row.into_inner().ok()?;
                if rows::is_dead(table, &value) {
                    continue;
                }
                let length = value.len().saturating_sub(CHECKSUM) as u64;
                if table == Table::Data {
                    let (_, index) = key::parse_extent(&key)?;
                    head.size = u64::from(index) * extent + length;
                    extents += 1;
                    continue;
                }
                let name = &key[NUMBER..];
                if table == Table::Omap && name == HEADER {
                    continue;
                }
                let tally = match table {
                    Table::Xattrs => &mut head.xattrs,
                    _ => &mut head.omap,
                };
                *tally = Tally {
                    entries: tally.entries + 1,
                    bytes: tally.bytes + name.len() as u64 + length,
                };
            }
        }
        Some(HeadRow {
            number,
            // Without gaps it is as good as complete; with them only the zero bytes can be told from nothing.
            complete: extents * extent >= head.size,
            head,
            omap: number,
            omap_dead: 0,
            omap_first: Bytes::new(),
            inline: Bytes::new(),
        })
    }

    /// A note says that rows are garbage which are an object's.
    pub(super) fn false_note(&self, key: &[u8]) -> Outcome {
        self.without(key, Outcome::Repaired)
    }

    /// A receipt cannot be read.
    pub(super) fn damaged_receipt(&self, key: &[u8]) -> Outcome {
        self.without(key, Outcome::Removed)
    }

    /// Removes a fact about the store.
    fn without(&self, key: &[u8], done: Outcome) -> Outcome {
        if self.repair == Repair::Nothing {
            return Outcome::Found;
        }
        let mut rows = Rows::default();
        rows.remove(Table::Meta, key);
        match self.write(0, vec![rows]) {
            Ok(()) => done,
            Err(_) => Outcome::Left(FAILED),
        }
    }

    /// The usage of the pools is not that of the heads.
    pub(super) fn miscounted(&self) -> Outcome {
        match self.repair {
            Repair::Nothing => Outcome::Found,
            _ => Outcome::Repaired,
        }
    }

    /// Counts anew what the pools hold, now that every object has its place and its size, and puts everything on disk.
    pub(super) fn finish(&self) -> Result<(), String> {
        if self.repair == Repair::Nothing {
            return Ok(());
        }
        let tables = self.store.tables();
        let view = tables.database.snapshot();
        let counts = census::recount(&view, tables).map_err(|fault| fault.message)?;
        census::store(tables, &counts).map_err(|fault| fault.message)?;
        self.store.census.replace(counts);
        self.store.sync().map_err(|error| error.to_string())
    }

    fn moved(&self, done: Result<(), CommitError>, to: ObjectId) -> Outcome {
        match done {
            Ok(()) => Outcome::Moved(to),
            Err(_) => Outcome::Left(FAILED),
        }
    }

    /// Stores `data` as a new object.
    fn keep(&self, id: &ObjectId, data: Bytes) -> Result<(), CommitError> {
        let size = data.len() as u64;
        let written = Written {
            fresh: true,
            size,
            segments: match size {
                0 => Vec::new(),
                _ => vec![(0, Segment::Bytes(data))],
            },
            omap_cleared: true,
            ..Written::default()
        };
        let changes = Changes::Written(Box::new(written));
        self.store
            .commit(id, changes, Durability::Buffered.into())
            .map(drop)
    }

    fn rows_under(
        &self,
        view: &fjall::Snapshot,
        table: Table,
        number: u64,
    ) -> impl Iterator<Item = fjall::Guard> + use<> {
        let (from, to) = (key::entry(number, b""), key::entry(number + 1, b""));
        let keyspace = self.store.tables().keyspace(table);
        view.range::<&[u8], _>(
            keyspace,
            (Bound::Included(&from[..]), Bound::Excluded(&to[..])),
        )
    }

    fn remove_under(&self, view: &fjall::Snapshot, number: u64) -> Result<(), CommitError> {
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            let mut gone = Rows::default();
            let (from, to) = (key::entry(number, b""), key::entry(number + 1, b""));
            let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
            for key in rows::keys(view, self.store.tables(), table, from, to) {
                gone.remove(table, key?);
                if gone.rows.len() == BATCH {
                    self.write(0, vec![std::mem::take(&mut gone)])?;
                }
            }
            self.write(0, vec![gone])?;
        }
        Ok(())
    }

    /// Commits rows as one batch. Nobody else has the store, so it goes past the queue.
    fn write(&self, version: u64, parts: Vec<Rows>) -> Result<(), CommitError> {
        let batch = parts.into_iter().map(|rows| (version, rows)).collect();
        self.store
            .group
            .engine()
            .commit(batch, false)
            .map_err(|failure| CommitError::Failed {
                reason: failure.reason,
                source: failure.source,
            })
    }
}

fn removed(done: Result<(), CommitError>) -> Outcome {
    match done {
        Ok(()) => Outcome::Removed,
        Err(_) => Outcome::Left(FAILED),
    }
}

/// Where an object is moved: its pool becomes the namespace, and the number in front makes the name its own.
fn aside(number: u64, id: &ObjectId) -> ObjectId {
    let mut oid = match id.namespace.as_str() {
        "" => format!("{number}/{}", id.oid),
        namespace => format!("{number}/{namespace}/{}", id.oid),
    };
    let mut end = oid.len().min(MAX_OID);
    while !oid.is_char_boundary(end) {
        end -= 1;
    }
    oid.truncate(end);
    ObjectId {
        pool: LOST_AND_FOUND.to_owned(),
        namespace: id.pool.clone(),
        oid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_moved_aside_is_valid_however_long_it_was() {
        let id = ObjectId {
            pool: "p".repeat(255),
            namespace: "ä".repeat(127),
            oid: "ö".repeat(1024),
        };
        let moved = aside(u64::MAX, &id);
        crate::check_id(&moved).unwrap();
        assert!(moved.oid.starts_with(&format!("{}/ää", u64::MAX)));
    }
}
