//! Tests of both stores through the contract, of one against the other, and of what only the disk can do.

mod conformance;
#[cfg(feature = "disk")]
mod disk;
#[cfg(feature = "disk")]
mod oracle;

use bytes::Bytes;
use objclass::{CallInfo, ObjectError, ObjectId, ObjectRead, PageLimit, Pair, Work};
use transaction::{Quotas, Snapshot, Span, Transaction};

use crate::{CommitError, Durability, Store, StoreEngine, Wait, Writing};

/// What a test reads and writes: a store, or an engine of which the test writes each object from one thread.
pub(crate) trait Subject: Sync {
    fn engine(&self) -> &dyn StoreEngine;

    fn snapshot_of(&self, id: &ObjectId) -> Box<dyn Snapshot> {
        self.engine().snapshot(id).unwrap()
    }

    /// The object to oneself; `None` where nobody else is.
    fn writing(&self, _id: &ObjectId) -> Option<Writing<'_>> {
        None
    }
}

impl Subject for Store {
    fn engine(&self) -> &dyn StoreEngine {
        &**Store::engine(self)
    }

    fn snapshot_of(&self, id: &ObjectId) -> Box<dyn Snapshot> {
        self.snapshot(id).unwrap()
    }

    fn writing(&self, id: &ObjectId) -> Option<Writing<'_>> {
        Some(self.begin(id, Wait::FOREVER).unwrap())
    }
}

#[cfg(feature = "disk")]
impl Subject for crate::disk::DiskStore {
    fn engine(&self) -> &dyn StoreEngine {
        self
    }
}

pub(crate) const ALL: PageLimit = PageLimit {
    entries: u64::MAX,
    bytes: u64::MAX,
};

pub(crate) fn id(oid: &str) -> ObjectId {
    ObjectId {
        pool: "pool".into(),
        namespace: String::new(),
        oid: oid.into(),
    }
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// A transaction over the object as committed now.
pub(crate) fn begin(store: &dyn Subject, id: &ObjectId) -> Transaction {
    let snapshot = store.snapshot_of(id);
    let version = snapshot.head().unwrap().map_or(0, |head| head.version);
    let info = CallInfo {
        object: id.clone(),
        version,
        subop: 0,
        origin: "test".into(),
    };
    Transaction::new(snapshot, info, Quotas::default())
}

/// Runs `write` and commits it; returns the new version, `None` when nothing changed.
pub(crate) fn try_change(
    store: &dyn Subject,
    id: &ObjectId,
    durability: Durability,
    write: impl FnOnce(&mut Transaction) -> Result<(), ObjectError>,
) -> Result<Option<u64>, CommitError> {
    let writing = store.writing(id);
    let mut transaction = begin(store, id);
    write(&mut transaction).unwrap();
    let Some(changes) = transaction.into_changes() else {
        return Ok(None);
    };
    match writing {
        Some(writing) => writing.commit(changes, durability),
        None => store.engine().commit(id, changes, durability.into()),
    }
    .map(Some)
}

pub(crate) fn change(
    store: &dyn Subject,
    id: &ObjectId,
    write: impl FnOnce(&mut Transaction) -> Result<(), ObjectError>,
) -> u64 {
    try_change(store, id, Durability::Buffered, write)
        .unwrap()
        .unwrap()
}

/// Everything an object is, as far as a reader can tell, but for its times and versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    data: Bytes,
    xattrs: Vec<Pair>,
    omap: Vec<Pair>,
    header: Bytes,
}

/// Reads a whole object; `None` when it does not exist. Checks that its counts are a recount.
pub(crate) fn content(store: &dyn Subject, id: &ObjectId) -> Option<Content> {
    let snapshot = store.snapshot_of(id);
    let head = snapshot.head().unwrap()?;
    let mut reader = begin(store, id);
    let content = Content {
        data: reader.read(0, 0).unwrap(),
        xattrs: reader.xattrs().unwrap(),
        omap: reader.omap_vals(b"", b"", ALL).unwrap().entries,
        header: reader.omap_header().unwrap(),
    };
    assert_eq!(content.data.len() as u64, head.size);
    for (pairs, tally) in [(&content.xattrs, head.xattrs), (&content.omap, head.omap)] {
        let sum: usize = pairs
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        assert_eq!(
            (pairs.len() as u64, sum as u64),
            (tally.entries, tally.bytes)
        );
    }
    Some(content)
}
