//! Stores that are right for one client and wrong for several, so that checks of concurrent histories can be seen to
//! fail.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use objclass::{Fault, ObjectId, Page};
use store::{Busy, CommitError, Durability, Frozen, ObjectLock, ObjectStore};
use transaction::{Changes, Snapshot};

/// What a [`RacyStore`] does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Race {
    /// Writers of one object do not wait for each other.
    IgnoresLocks,
    /// Every so often a reader sees the object as some reader before saw it.
    StaleSnapshots,
}

/// A store with a race in it, in front of a right one.
#[derive(Debug)]
pub struct RacyStore {
    right: Arc<dyn ObjectStore>,
    race: Race,
    count: AtomicU64,
    /// Snapshots of earlier, one for each object.
    kept: Mutex<HashMap<ObjectId, Box<dyn Snapshot>>>,
}

/// Parts a decoy's name from its number.
const DECOY: &str = "\u{0}decoy";

impl RacyStore {
    /// `right` with a race.
    #[must_use]
    pub fn new(right: Arc<dyn ObjectStore>, race: Race) -> Self {
        Self {
            right,
            race,
            count: AtomicU64::new(0),
            kept: Mutex::default(),
        }
    }

    /// An object that nobody else locks, in place of `id`.
    fn decoy(&self, id: &ObjectId) -> ObjectId {
        match self.race {
            Race::IgnoresLocks => {
                let number = self.count.fetch_add(1, Ordering::Relaxed);
                ObjectId {
                    oid: format!("{}{DECOY}{number}", id.oid),
                    ..id.clone()
                }
            }
            Race::StaleSnapshots => id.clone(),
        }
    }
}

impl ObjectStore for RacyStore {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        let now = self.right.snapshot(id)?;
        if self.race == Race::StaleSnapshots
            && self
                .count
                .fetch_add(1, Ordering::Relaxed)
                .is_multiple_of(50)
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(kept
                .insert(id.clone(), now)
                .unwrap_or(self.right.snapshot(id)?));
        }
        Ok(now)
    }

    fn lock(&self, id: &ObjectId) -> ObjectLock {
        self.right.lock(&self.decoy(id))
    }

    fn lock_until(&self, id: &ObjectId, deadline: Instant) -> Option<ObjectLock> {
        self.right.lock_until(&self.decoy(id), deadline)
    }

    fn lock_within(
        &self,
        id: &ObjectId,
        deadline: Instant,
        longest_queue: usize,
    ) -> Result<ObjectLock, Busy> {
        self.right
            .lock_within(&self.decoy(id), deadline, longest_queue)
    }

    fn commit(
        &self,
        lock: &ObjectLock,
        changes: Changes,
        durability: Durability,
    ) -> Result<u64, CommitError> {
        match lock.object().oid.split_once(DECOY) {
            None => self.right.commit(lock, changes, durability),
            Some((oid, _)) => {
                let id = ObjectId {
                    oid: oid.to_owned(),
                    ..lock.object().clone()
                };
                self.right
                    .commit(&self.right.lock(&id), changes, durability)
            }
        }
    }

    fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Fault> {
        self.right.list(pool, namespace, after, prefix, max)
    }

    fn pools(&self) -> Result<Vec<String>, Fault> {
        self.right.pools()
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        self.right.freeze()
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.right.sync()
    }
}
