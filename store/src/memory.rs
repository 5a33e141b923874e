//! The store that forgets: reference, oracle of the tests, and fast.

mod object;

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use objclass::{Fault, ObjectId, Page};
use transaction::{Absent, Changes, Snapshot};

use self::object::{MemorySnapshot, Object};
use crate::{
    CommitError, CommitTerms, Frozen, FrozenObject, PoolUsage, Store, StoreEngine,
    clock::now_after, unpoisoned::unpoisoned,
};

/// Opens a new, empty store that lives in memory and is gone when the last handle is dropped.
#[must_use]
pub fn memory() -> Store {
    Store::new(Arc::new(MemoryStore {
        contents: RwLock::default(),
        versions: AtomicU64::new(0),
    }))
}

/// Objects are immutable once they are in the map; a commit builds the next one beside it, sharing what did not
/// change, and swaps the pointer. The map is locked for that swap or for one look-up, never while content is read.
#[derive(Debug)]
struct MemoryStore {
    contents: RwLock<Contents>,
    versions: AtomicU64,
}

#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<ObjectId, Arc<Object>>,
    /// How much each pool has of them.
    pools: BTreeMap<String, PoolUsage>,
}

impl MemoryStore {
    fn contents(&self) -> RwLockReadGuard<'_, Contents> {
        // Nothing panics while the map is locked, so it is consistent even if the flag says otherwise.
        unpoisoned(self.contents.read())
    }
}

impl StoreEngine for MemoryStore {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        Ok(match self.contents().objects.get(id) {
            Some(object) => Box::new(MemorySnapshot(Arc::clone(object))),
            None => Box::new(Absent),
        })
    }

    fn commit(
        &self,
        id: &ObjectId,
        changes: Changes,
        terms: CommitTerms,
    ) -> Result<u64, CommitError> {
        let version = self.versions.fetch_add(1, Ordering::Relaxed) + 1;
        let old = self.contents().objects.get(id).cloned();
        let new = match changes {
            Changes::Removed => None,
            Changes::Written(written) => {
                let before = old
                    .as_ref()
                    .map_or_else(Default::default, |old| old.head.mtime);
                let mtime = written.mtime.unwrap_or_else(|| now_after(before));
                Some(Object::changed(old.as_deref(), *written, version, mtime))
            }
        };
        let mut contents = unpoisoned(self.contents.write());
        let Contents { objects, pools } = &mut *contents;
        // The store keeps other writers from this object: it is there if it was.
        let mut usage = pools.get(&id.pool).copied().unwrap_or_default();
        if let Some(max) = terms.pool_objects
            && old.is_none()
            && new.is_some()
            && usage.objects >= max
        {
            let pool = id.pool.clone();
            return Err(CommitError::PoolFull { pool, max });
        }
        if let Some(old) = &old {
            usage.objects -= 1;
            usage.bytes -= old.head.size;
            usage.omap_bytes -= old.head.omap.bytes;
        }
        if let Some(new) = &new {
            usage.objects += 1;
            usage.bytes += new.head.size;
            usage.omap_bytes += new.head.omap.bytes;
        }
        match pools.get_mut(&id.pool) {
            Some(pool) if usage.objects > 0 => *pool = usage,
            Some(_) => drop(pools.remove(&id.pool)),
            None if usage.objects > 0 => drop(pools.insert(id.pool.clone(), usage)),
            None => {}
        }
        let replaced = match new {
            Some(new) => objects.insert(id.clone(), Arc::new(new)),
            None => objects.remove(id),
        };
        drop(contents);
        // Freeing what only the replaced object held takes time that readers need not wait for.
        drop(replaced);
        Ok(version)
    }

    fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Fault> {
        let matches = |id: &ObjectId| {
            namespace.is_none_or(|namespace| id.namespace == namespace)
                && id.oid.starts_with(prefix)
        };
        let first = ObjectId {
            pool: pool.to_owned(),
            namespace: namespace.unwrap_or_default().to_owned(),
            oid: String::new(),
        };
        let from = match after {
            Some(after) if *after >= first => Bound::Excluded(after),
            _ => Bound::Included(&first),
        };
        let contents = self.contents();
        let mut found = contents
            .objects
            .range::<ObjectId, _>((from, Bound::Unbounded))
            .map(|(id, _)| id)
            .take_while(|id| id.pool == pool)
            .take_while(|id| namespace.is_none_or(|namespace| id.namespace == namespace))
            .filter(|id| matches(id));
        let entries = found.by_ref().take(max).cloned().collect();
        let more = found.next().is_some();
        Ok(Page { entries, more })
    }

    fn pools(&self) -> Result<Vec<String>, Fault> {
        Ok(self.contents().pools.keys().cloned().collect())
    }

    fn usage(&self, pool: &str) -> Result<PoolUsage, Fault> {
        Ok(self.contents().pools.get(pool).copied().unwrap_or_default())
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        let objects = self.contents().objects.clone();
        // After the objects: none of them has a later version.
        let last_version = self.versions.load(Ordering::Acquire);
        Ok(Box::new(MemoryFrozen {
            objects,
            last_version,
        }))
    }

    fn sync(&self) -> Result<(), CommitError> {
        Ok(())
    }
}

/// The map as it was; the objects in it are shared.
#[derive(Debug)]
struct MemoryFrozen {
    objects: BTreeMap<ObjectId, Arc<Object>>,
    last_version: u64,
}

impl Frozen for MemoryFrozen {
    fn last_version(&self) -> u64 {
        self.last_version
    }

    fn objects(&self, after: Option<&ObjectId>, max: usize) -> Result<Vec<FrozenObject>, Fault> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = self.objects.range((from, Bound::Unbounded)).take(max);
        Ok(page
            .map(|(id, object)| {
                let object: Box<dyn Snapshot> = Box::new(MemorySnapshot(Arc::clone(object)));
                (id.clone(), object)
            })
            .collect())
    }
}
