//! A store of one's own: every object whole in a map, a new copy for each commit.

mod object;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::SystemTime,
};

use radula::store::{
    Absent, Changes, CommitError, CommitTerms, Fault, Frozen, FrozenObject, Snapshot, Store,
    StoreEngine,
};
use radula::{ObjectId, Page};

use self::object::{Object, Shown};

/// An empty store.
pub fn tree() -> Store {
    Store::new(Arc::new(Tree::default()))
}

/// A store that loses the omap headers it is given: the behaviour suite must notice.
pub fn forgetful() -> Store {
    Store::new(Arc::new(Tree {
        loses_headers: true,
        ..Tree::default()
    }))
}

#[derive(Debug, Default)]
struct Tree {
    kept: RwLock<Kept>,
    loses_headers: bool,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    objects: BTreeMap<ObjectId, Arc<Object>>,
    last_version: u64,
}

impl Tree {
    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreEngine for Tree {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        Ok(match self.kept().objects.get(id) {
            Some(object) => Box::new(Shown(Arc::clone(object))),
            None => Box::new(Absent),
        })
    }

    fn commit(
        &self,
        id: &ObjectId,
        changes: Changes,
        terms: CommitTerms,
    ) -> Result<u64, CommitError> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let old = kept.objects.get(id).cloned();
        let version = kept.last_version + 1;
        match changes {
            Changes::Removed => drop(kept.objects.remove(id)),
            Changes::Written(mut written) => {
                let pool = kept.objects.keys().filter(|kept| kept.pool == id.pool);
                let count = pool.count() as u64;
                if let Some(max) = terms
                    .pool_objects
                    .filter(|max| old.is_none() && count >= *max)
                {
                    let pool = id.pool.clone();
                    return Err(CommitError::PoolFull { pool, max });
                }
                if self.loses_headers {
                    written.omap_header = None;
                }
                let before = old
                    .as_ref()
                    .map_or(Default::default(), |old| old.head.mtime);
                let mtime = before.max(SystemTime::now().into());
                let new = Object::changed(old.as_deref(), *written, version, mtime);
                kept.objects.insert(id.clone(), Arc::new(new));
            }
        }
        kept.last_version = version;
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
        let kept = self.kept();
        let mut found = kept.objects.keys().filter(|id| {
            id.pool == pool
                && namespace.is_none_or(|namespace| id.namespace == namespace)
                && after.is_none_or(|after| *id > after)
                && id.oid.starts_with(prefix)
        });
        let entries = found.by_ref().take(max).cloned().collect();
        let more = found.next().is_some();
        Ok(Page { entries, more })
    }

    fn pools(&self) -> Result<Vec<String>, Fault> {
        let mut pools: Vec<_> = self
            .kept()
            .objects
            .keys()
            .map(|id| id.pool.clone())
            .collect();
        pools.dedup();
        Ok(pools)
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        Ok(Box::new(Ice(self.kept().clone())))
    }

    /// There is nothing more stable here than memory.
    fn sync(&self) -> Result<(), CommitError> {
        Ok(())
    }
}

/// A copy of the map.
#[derive(Debug)]
struct Ice(Kept);

impl Frozen for Ice {
    fn last_version(&self) -> u64 {
        self.0.last_version
    }

    fn objects(&self, after: Option<&ObjectId>, max: usize) -> Result<Vec<FrozenObject>, Fault> {
        let objects = self.0.objects.iter();
        let shown = |(id, object): (&ObjectId, &Arc<Object>)| -> FrozenObject {
            (id.clone(), Box::new(Shown(Arc::clone(object))))
        };
        Ok(objects
            .filter(|(id, _)| after.is_none_or(|after| *id > after))
            .take(max)
            .map(shown)
            .collect())
    }
}
