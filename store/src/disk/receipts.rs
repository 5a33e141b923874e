//! Receipts on disk: a ring of rows for each pool, each written in the batch of the commit it is about.
//!
//! A row is overwritten by the one that comes a round later, so the oldest leave without a mark of removal that anyone would have to walk over.

use std::{
    collections::HashMap,
    ops::Bound,
    sync::{Mutex, MutexGuard},
};

use bytes::Bytes;
use objclass::Fault;

use super::{
    key::{self, Table},
    rows::{self, Rows, Tables},
};
use crate::{Receipt, unpoisoned::unpoisoned};

/// Bytes of the version a payload begins with.
const VERSION: usize = size_of::<u64>();

/// Where the next receipt of each pool goes. A pool is looked up at its first one.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    next: Mutex<HashMap<String, u32>>,
}

impl Receipts {
    /// Takes the next place of a pool together with the version of its commit, which `version` gives. The two grow alike: after the
    /// newest version comes the oldest receipt, also when two commits take theirs at once.
    pub(super) fn place(
        &self,
        tables: &Tables,
        pool: &str,
        version: impl FnOnce() -> u64,
    ) -> Result<Place, Fault> {
        let mut pools = self.next();
        let next = match pools.get_mut(pool) {
            Some(next) => next,
            None => pools
                .entry(pool.to_owned())
                .or_insert(after_newest(tables, pool)?),
        };
        let slot = std::mem::replace(next, (*next + 1) % Receipt::KEPT);
        Ok(Place {
            version: version(),
            slot,
        })
    }

    /// The rows that remove all of a pool.
    pub(super) fn forget(&self, tables: &Tables, pool: &str) -> Result<Rows, Fault> {
        self.next().remove(pool);
        let mut rows = Rows::default();
        let (from, to) = key::receipts(Some(pool));
        let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        let view = tables.database.snapshot();
        for key in rows::keys(&view, tables, Table::Meta, from, to) {
            rows.remove(Table::Meta, key?);
        }
        Ok(rows)
    }

    fn next(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        unpoisoned(self.next.lock())
    }
}

/// Where a receipt goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Of its commit.
    pub(super) version: u64,
    slot: u32,
}

impl Place {
    /// Adds the row of a receipt to those of its commit.
    pub(super) fn put(self, rows: &mut Rows, pool: &str, receipt: &Receipt) {
        let key = key::receipt(pool, self.slot);
        rows.set(Table::Meta, key, encode(self.version, receipt));
    }
}

/// The slot after that of a pool's newest receipt.
fn after_newest(tables: &Tables, pool: &str) -> Result<u32, Fault> {
    let mut newest = None;
    for row in read(tables, Some(pool)) {
        let (key, payload) = row?;
        let (version, _) = decode(&payload)?;
        newest = newest.max(Some((version, key::receipt_slot(&key))));
    }
    Ok(newest.map_or(0, |(_, slot)| (slot + 1) % Receipt::KEPT))
}

/// The receipts of a pool, the oldest first, each with the version of its commit.
pub(super) fn of_pool(tables: &Tables, pool: &str) -> Result<Vec<(u64, Receipt)>, Fault> {
    let mut found = Vec::new();
    for row in read(tables, Some(pool)) {
        let (_, payload) = row?;
        found.push(decode(&payload)?);
    }
    found.sort_unstable_by_key(|(version, _)| *version);
    Ok(found)
}

/// The keys of rows of receipts that cannot be read.
pub(super) fn damaged(view: &fjall::Snapshot, tables: &Tables) -> Result<Vec<fjall::Slice>, Fault> {
    let (from, to) = key::receipts(None);
    let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
    let mut damaged = Vec::new();
    for key in rows::keys(view, tables, Table::Meta, from, to) {
        let key = key?;
        let payload = rows::get(view, tables, Table::Meta, &key);
        let is_sound = payload.is_ok_and(|payload| payload.is_none_or(|it| decode(&it).is_ok()));
        if !is_sound {
            damaged.push(key);
        }
    }
    Ok(damaged)
}

fn read(
    tables: &Tables,
    pool: Option<&str>,
) -> impl Iterator<Item = Result<(Bytes, Bytes), Fault>> + use<> {
    let (from, to) = key::receipts(pool);
    let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
    rows::range(&tables.database.snapshot(), tables, Table::Meta, from, to)
}

/// Version, length of the key, key, value.
fn encode(version: u64, receipt: &Receipt) -> Vec<u8> {
    let (key, value) = (receipt.key(), receipt.value());
    // A key has at most `MAX_KEY` bytes.
    let length = u8::try_from(key.len()).unwrap_or(u8::MAX);
    [&version.to_le_bytes()[..], &[length], key, value].concat()
}

fn decode(payload: &Bytes) -> Result<(u64, Receipt), Fault> {
    let receipt = || {
        let (version, rest) = payload.split_first_chunk::<VERSION>()?;
        let length = usize::from(*rest.first()?);
        let key = VERSION + 1;
        let value = key + length;
        if payload.len() < value {
            return None;
        }
        let receipt = Receipt::new(payload.slice(key..value), payload.slice(value..))?;
        Some((u64::from_le_bytes(*version), receipt))
    };
    receipt().ok_or_else(|| {
        Fault::new("a receipt in table meta is malformed; run `radula fsck --repair`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_is_cut_is_no_receipt() {
        let receipt = Receipt::new(&b"request"[..], &b"answer"[..]).unwrap();
        let payload = Bytes::from(encode(7, &receipt));
        assert_eq!(decode(&payload).unwrap(), (7, receipt));
        for length in 0..VERSION + 1 + 7 {
            assert!(decode(&payload.slice(..length)).is_err(), "{length}");
        }
    }
}
