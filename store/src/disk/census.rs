//! How many objects each pool has: kept beside the objects, in the same batches, so that no crash parts the two.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard},
};

use objclass::Fault;

use super::{
    key::{self, Table},
    rows::{self, Rows, Tables},
};
use crate::{CommitError, unpoisoned::unpoisoned};

/// The first format with counts.
const FIRST_FORMAT: u32 = 2;

/// Rows of one step of the first count of an older store.
const STEP: usize = 1000;

/// What a commit does to the number of objects in its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Created { pool: String },
    Removed { pool: String },
}

/// The pools that have objects, and how many.
#[derive(Debug, Default)]
pub(super) struct Census {
    pools: Mutex<BTreeMap<String, Count>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Objects committed: what the pool's row says.
    stored: u64,
    /// Those, and those on their way; what a ceiling is compared with. A removal counts once it is committed.
    admitted: u64,
}

impl Census {
    /// Reads the counts. A store that has none yet, or that a release may have written which knows of none, is counted:
    /// a look at every head's key, once.
    pub(super) fn open(tables: &Tables, format: u32) -> Result<Self, Fault> {
        let view = tables.database.snapshot();
        let counted = format >= FIRST_FORMAT
            && rows::get(&view, tables, Table::Meta, key::COUNTED)?.is_some();
        if !counted {
            let counts = recount(&view, tables)?;
            store(tables, &counts)?;
            return Ok(Self::of(counts));
        }
        Ok(Self::of(stored(&view, tables)?))
    }

    fn of(counts: BTreeMap<String, u64>) -> Self {
        let count = |stored| Count {
            stored,
            admitted: stored,
        };
        let pools = counts.into_iter().map(|(pool, n)| (pool, count(n)));
        Self {
            pools: Mutex::new(pools.collect()),
        }
    }

    /// Objects committed to `pool`.
    pub(super) fn objects(&self, pool: &str) -> u64 {
        self.pools().get(pool).map_or(0, |count| count.stored)
    }

    /// Objects committed to all pools.
    pub(super) fn all(&self) -> u64 {
        self.pools().values().map(|count| count.stored).sum()
    }

    /// Forgets everything for counts made anew, while nothing is under way.
    pub(super) fn replace(&self, counts: BTreeMap<String, u64>) {
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
            if count.admitted == 0 && count.stored == 0 {
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
            let (pool, created) = match change {
                Change::Created { pool } => (pool, true),
                Change::Removed { pool } => (pool, false),
            };
            let count = pools.entry(pool.clone()).or_default();
            count.stored = match created {
                true => count.stored + 1,
                false => count.stored.saturating_sub(1),
            };
            touched.insert(pool, count.stored);
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

fn set(rows: &mut Rows, pool: &str, count: u64) {
    let key = key::count(pool);
    match count {
        0 => rows.remove(Table::Meta, key),
        count => rows.set(Table::Meta, key, count.to_le_bytes().to_vec()),
    }
}

/// The counts as the store has them.
pub(super) fn stored(
    view: &fjall::Snapshot,
    tables: &Tables,
) -> Result<BTreeMap<String, u64>, Fault> {
    let from = key::count("");
    let end = key::behind_counts();
    let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&end[..]));
    let mut counts = BTreeMap::new();
    for row in rows::range(view, tables, Table::Meta, from, to) {
        let (key, payload) = row?;
        let pool = key::counted_pool(&key);
        let count = payload[..].try_into().map(u64::from_le_bytes);
        let (Some(pool), Ok(count)) = (pool, count) else {
            return Err(Fault::new(
                "a count of objects in table meta is malformed; run `radula fsck --repair`",
            ));
        };
        counts.insert(pool, count);
    }
    Ok(counts)
}

/// The counts as the heads say.
pub(crate) fn recount(
    view: &fjall::Snapshot,
    tables: &Tables,
) -> Result<BTreeMap<String, u64>, Fault> {
    let mut counts = BTreeMap::new();
    let mut last: Option<(Vec<u8>, String)> = None;
    for head in rows::keys(
        view,
        tables,
        Table::Heads,
        Bound::Unbounded,
        Bound::Unbounded,
    ) {
        let head = head?;
        let known = last.take().filter(|(prefix, _)| head.starts_with(prefix));
        let (prefix, pool) = match known {
            Some(known) => known,
            // A malformed key is no object's; `fsck` reports it.
            None => match key::object_id(&head) {
                Some(id) => (key::pool(&id.pool), id.pool),
                None => continue,
            },
        };
        *counts.entry(pool.clone()).or_insert(0) += 1;
        last = Some((prefix, pool));
    }
    Ok(counts)
}

/// Makes `counts` those of the store, stable before it returns.
pub(super) fn store(tables: &Tables, counts: &BTreeMap<String, u64>) -> Result<(), Fault> {
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

    #[test]
    fn two_that_come_at_once_cannot_both_take_the_last_place() {
        let census = Census::default();
        census.admit("p", Some(2)).unwrap();
        census.admit("p", Some(2)).unwrap();
        let full = census.admit("p", Some(2)).unwrap_err();
        assert_eq!(full.errno(), objclass::Errno::EDQUOT, "{full}");
        census.admit("q", Some(1)).unwrap();
        // One was committed and is removed, the other never came.
        census.settle(&[Change::Created { pool: "p".into() }]);
        census.settle(&[Change::Removed { pool: "p".into() }]);
        census.leave("p");
        census.leave("p");
        assert_eq!(census.objects("p"), 0);
        census.admit("p", Some(1)).unwrap();
    }

    #[test]
    fn a_batch_writes_one_row_for_each_pool_it_touches() {
        let census = Census::default();
        let created = |pool: &str| Change::Created { pool: pool.into() };
        let rows = census.settle(&[created("p"), created("q"), created("p")]);
        assert_eq!(rows.rows.len(), 2);
        assert_eq!((census.objects("p"), census.objects("q")), (2, 1));
        let rows = census.settle(&[Change::Removed { pool: "q".into() }]);
        assert!(rows.rows[0].value.is_none(), "an empty pool has no row");
    }
}
