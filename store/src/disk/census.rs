//! How much each pool holds: kept beside the objects, in the same batches, so that no crash parts the two.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard},
};

use objclass::Fault;
use transaction::Head;

use super::{
    key::{self, Table},
    rows::{self, Rows, Tables},
    value::HeadRow,
};
use crate::{CommitError, PoolUsage, unpoisoned::unpoisoned};

/// The first format with counts.
const FIRST_FORMAT: u32 = 2;

/// Rows of one step of the first count of an older store.
const STEP: usize = 1000;

/// What a commit does to the usage of its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) pool: String,
    pub(super) presence: Presence,
    /// What comes to the bytes of data and of omap entries, or goes.
    pub(super) bytes: i64,
    pub(super) omap_bytes: i64,
}

/// Whether an object comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Created,
    Kept,
    Removed,
}

impl Change {
    /// From one head of an object to the next; `None` when its pool holds as much as before.
    pub(super) fn between(pool: &str, old: Option<&Head>, new: Option<&Head>) -> Option<Self> {
        let presence = match (old, new) {
            (None, Some(_)) => Presence::Created,
            (Some(_), None) => Presence::Removed,
            _ => Presence::Kept,
        };
        let of = |head: Option<&Head>| head.map_or((0, 0), |head| (head.size, head.omap.bytes));
        let ((bytes, omap_bytes), (old_bytes, old_omap_bytes)) = (of(new), of(old));
        let change = Self {
            pool: pool.to_owned(),
            presence,
            // Sizes are far below 2^63.
            bytes: bytes.wrapping_sub(old_bytes).cast_signed(),
            omap_bytes: omap_bytes.wrapping_sub(old_omap_bytes).cast_signed(),
        };
        let is_none = presence == Presence::Kept && change.bytes == 0 && change.omap_bytes == 0;
        (!is_none).then_some(change)
    }
}

/// The pools that have objects, and how much they hold.
#[derive(Debug, Default)]
pub(super) struct Census {
    pools: Mutex<BTreeMap<String, Count>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// What is committed: what the pool's row says.
    stored: PoolUsage,
    /// Its objects, and those on their way; what a ceiling is compared with. A removal counts once it is committed.
    admitted: u64,
}

impl Census {
    /// Reads the counts. A store that has none yet, or that a release may have written which knows of none, is counted:
    /// a look at every head, once.
    pub(super) fn open(tables: &Tables, format: u32) -> Result<Self, Fault> {
        let view = tables.database.snapshot();
        let counted = format >= FIRST_FORMAT
            && rows::get(&view, tables, Table::Meta, key::COUNTED)?.is_some();
        // What the heads tell is no reason to refuse a store, should a row of it be damaged.
        if counted && let Ok(counts) = stored(&view, tables) {
            return Ok(Self::of(counts));
        }
        let counts = recount(&view, tables)?;
        store(tables, &counts)?;
        Ok(Self::of(counts))
    }

    fn of(counts: BTreeMap<String, PoolUsage>) -> Self {
        let count = |stored: PoolUsage| Count {
            stored,
            admitted: stored.objects,
        };
        let pools = counts.into_iter().map(|(pool, n)| (pool, count(n)));
        Self {
            pools: Mutex::new(pools.collect()),
        }
    }

    /// What is committed to `pool`.
    pub(super) fn usage(&self, pool: &str) -> PoolUsage {
        let pools = self.pools();
        pools
            .get(pool)
            .map_or_else(PoolUsage::default, |count| count.stored)
    }

    /// Objects committed to all pools.
    pub(super) fn all(&self) -> u64 {
        self.pools()
            .values()
            .map(|count| count.stored.objects)
            .sum()
    }

    /// Forgets everything for counts made anew, while nothing is under way.
    pub(super) fn replace(&self, counts: BTreeMap<String, PoolUsage>) {
        let new = Self::of(counts);
        *self.pools() = unpoisoned(new.pools.into_inner());
    }

    /// Takes a place for a new object, before its commit. Two that come at once cannot both take the last.
    pub(super) fn admit(&self, pool: &str, max: Option<u64>) -> Result<(), CommitError> {
        let mut pools = self.pools();
        let count = pools.entry(pool.to_owned()).or_default();
        match max {
            Some(max) if count.admitted >= max => Err(CommitError::PoolFull {
                pool: pool.to_owned(),
                max,
            }),
            _ => {
                count.admitted += 1;
                Ok(())
            }
        }
    }

    /// Gives a place back: the object is gone, or never came.
    pub(super) fn leave(&self, pool: &str) {
        let mut pools = self.pools();
        if let Some(count) = pools.get_mut(pool) {
            count.admitted = count.admitted.saturating_sub(1);
            if count.admitted == 0 && count.stored.objects == 0 {
                pools.remove(pool);
            }
        }
    }

    /// The rows of the pools that `changes` touch. Called by one thread at a time, for the batch it is about to commit;
    /// when that fails the store is closed to commits, and the next opening reads the rows.
    pub(super) fn settle(&self, changes: &[Change]) -> Rows {
        let mut touched = BTreeMap::new();
        let mut pools = self.pools();
        for change in changes {
            let count = pools.entry(change.pool.clone()).or_default();
            let usage = &mut count.stored;
            usage.objects = match change.presence {
                Presence::Created => usage.objects + 1,
                Presence::Kept => usage.objects,
                Presence::Removed => usage.objects.saturating_sub(1),
            };
            usage.bytes = usage.bytes.saturating_add_signed(change.bytes);
            usage.omap_bytes = usage.omap_bytes.saturating_add_signed(change.omap_bytes);
            touched.insert(&change.pool, *usage);
        }
        let mut rows = Rows::default();
        for (pool, count) in touched {
            set(&mut rows, pool, count);
        }
        rows
    }

    fn pools(&self) -> MutexGuard<'_, BTreeMap<String, Count>> {
        unpoisoned(self.pools.lock())
    }
}

fn set(rows: &mut Rows, pool: &str, usage: PoolUsage) {
    let key = key::count(pool);
    match usage.objects {
        0 => rows.remove(Table::Meta, key),
        _ => rows.set(Table::Meta, key, encode(usage)),
    }
}

/// Objects, bytes of data, bytes of omap entries.
fn encode(usage: PoolUsage) -> Vec<u8> {
    let words = [usage.objects, usage.bytes, usage.omap_bytes];
    words.map(u64::to_le_bytes).concat()
}

fn decode(payload: &[u8]) -> Option<PoolUsage> {
    let (words, rest) = payload.as_chunks();
    match (words, rest) {
        (&[objects, bytes, omap_bytes], []) => Some(PoolUsage {
            objects: u64::from_le_bytes(objects),
            bytes: u64::from_le_bytes(bytes),
            omap_bytes: u64::from_le_bytes(omap_bytes),
        }),
        _ => None,
    }
}

/// The counts as the store has them.
pub(super) fn stored(
    view: &fjall::Snapshot,
    tables: &Tables,
) -> Result<BTreeMap<String, PoolUsage>, Fault> {
    let from = key::count("");
    let end = key::behind_counts();
    let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&end[..]));
    let mut counts = BTreeMap::new();
    for row in rows::range(view, tables, Table::Meta, from, to) {
        let (key, payload) = row?;
        let pool = key::counted_pool(&key);
        let (Some(pool), Some(count)) = (pool, decode(&payload)) else {
            return Err(Fault::new(
                "the usage of a pool in table meta is malformed; run `radula fsck --repair`",
            ));
        };
        counts.insert(pool, count);
    }
    Ok(counts)
}

/// The counts as the heads say. An object whose head is damaged is one, of no size; `fsck` reports it.
pub(crate) fn recount(
    view: &fjall::Snapshot,
    tables: &Tables,
) -> Result<BTreeMap<String, PoolUsage>, Fault> {
    let mut counts: BTreeMap<String, PoolUsage> = BTreeMap::new();
    let mut last: Option<(Vec<u8>, String)> = None;
    for row in rows::sound(view, tables, Table::Heads) {
        let (key, payload) = row?;
        let known = last.take().filter(|(prefix, _)| key.starts_with(prefix));
        let (prefix, pool) = match known {
            Some(known) => known,
            // A malformed key is no object's; `fsck` reports it.
            None => match key::object_id(&key) {
                Some(id) => (key::pool(&id.pool), id.pool),
                None => continue,
            },
        };
        let usage = counts.entry(pool.clone()).or_default();
        usage.objects += 1;
        if let Some(Ok(row)) = payload.map(|payload| HeadRow::decode(&payload)) {
            usage.bytes = usage.bytes.saturating_add(row.head.size);
            usage.omap_bytes = usage.omap_bytes.saturating_add(row.head.omap.bytes);
        }
        last = Some((prefix, pool));
    }
    Ok(counts)
}

/// Makes `counts` those of the store, stable before it returns.
pub(super) fn store(tables: &Tables, counts: &BTreeMap<String, PoolUsage>) -> Result<(), Fault> {
    let view = tables.database.snapshot();
    let mut rows = Rows::default();
    let (from, end) = (key::count(""), key::behind_counts());
    let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&end[..]));
    for key in rows::keys(&view, tables, Table::Meta, from, to) {
        let key = key?;
        // A row must not be in one batch twice.
        if key::counted_pool(&key).is_none_or(|pool| !counts.contains_key(&pool)) {
            rows.remove(Table::Meta, key);
        }
    }
    for (pool, count) in counts {
        set(&mut rows, pool, *count);
    }
    rows.set(Table::Meta, key::COUNTED, Vec::new());
    // The mark that they were counted is the last row, in the last batch.
    let mut left = rows.rows;
    while !left.is_empty() {
        let rest = left.split_off(left.len().min(STEP));
        rows::write(tables, left, fjall::PersistMode::SyncAll)?;
        left = rest;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(pool: &str, presence: Presence) -> Change {
        Change {
            pool: pool.into(),
            presence,
            bytes: 0,
            omap_bytes: 0,
        }
    }

    #[test]
    fn two_that_come_at_once_cannot_both_take_the_last_place() {
        let census = Census::default();
        census.admit("p", Some(2)).unwrap();
        census.admit("p", Some(2)).unwrap();
        let full = census.admit("p", Some(2)).unwrap_err();
        assert_eq!(full.errno(), objclass::Errno::EDQUOT, "{full}");
        census.admit("q", Some(1)).unwrap();
        // One was committed and is removed, the other never came.
        census.settle(&[change("p", Presence::Created)]);
        census.settle(&[change("p", Presence::Removed)]);
        census.leave("p");
        census.leave("p");
        assert_eq!(census.usage("p").objects, 0);
        census.admit("p", Some(1)).unwrap();
    }

    #[test]
    fn a_batch_writes_one_row_for_each_pool_it_touches() {
        let census = Census::default();
        let created = |pool: &str| change(pool, Presence::Created);
        let rows = census.settle(&[created("p"), created("q"), created("p")]);
        assert_eq!(rows.rows.len(), 2);
        assert_eq!(
            (census.usage("p").objects, census.usage("q").objects),
            (2, 1)
        );
        let rows = census.settle(&[change("q", Presence::Removed)]);
        assert!(rows.rows[0].value.is_none(), "an empty pool has no row");
    }
}
