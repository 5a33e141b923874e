//! Stores that are right for one client and wrong for several, so that checks of concurrent histories can be seen to
//! fail.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
};

use objclass::{Fault, ObjectId, Page};
use store::{CommitError, CommitTerms, Frozen, StoreEngine};
use transaction::{Changes, Snapshot};

/// What a [`RacyStore`] does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Race {
    /// The thread that commits sees the commit at once. The next look of another thread misses it: a writer then builds on
    /// what was there before, as if the two had not waited for each other.
    LateForOthers,
    /// Every so often a reader sees the object as some reader before saw it.
    StaleSnapshots,
}

/// A store with a race in it, in front of a right one.
#[derive(Debug)]
pub struct RacyStore {
    right: Arc<dyn StoreEngine>,
    race: Race,
    count: AtomicU64,
    /// Snapshots of earlier, one for each object.
    kept: Mutex<HashMap<ObjectId, Box<dyn Snapshot>>>,
    /// Commits that were acknowledged and not applied yet, at most one for each object.
    late: Mutex<HashMap<ObjectId, Late>>,
}

#[derive(Debug)]
struct Late {
    by: ThreadId,
    changes: Changes,
    terms: CommitTerms,
    was_missed: bool,
}

fn unpoisoned<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

impl RacyStore {
    /// `right` with a race.
    #[must_use]
    pub fn new(right: Arc<dyn StoreEngine>, race: Race) -> Self {
        Self {
            right,
            race,
            count: AtomicU64::new(0),
            kept: Mutex::default(),
            late: Mutex::default(),
        }
    }

    /// Applies what `id` is late with, unless this thread may not see it yet.
    fn catch_up(&self, id: &ObjectId, may_be_late: bool) -> Result<(), CommitError> {
        let mut late = unpoisoned(self.late.lock());
        if let Some(commit) = late.remove(id) {
            if may_be_late && commit.by != thread::current().id() && !commit.was_missed {
                let was_missed = true;
                late.insert(
                    id.clone(),
                    Late {
                        was_missed,
                        ..commit
                    },
                );
                return Ok(());
            }
            self.right.commit(id, commit.changes, commit.terms)?;
        }
        Ok(())
    }
}

impl StoreEngine for RacyStore {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        self.catch_up(id, true)
            .map_err(|error| Fault::new(error.to_string()))?;
        let now = self.right.snapshot(id)?;
        if self.race == Race::StaleSnapshots
            && self
                .count
                .fetch_add(1, Ordering::Relaxed)
                .is_multiple_of(50)
        {
            let mut kept = unpoisoned(self.kept.lock());
            return Ok(kept
                .insert(id.clone(), now)
                .unwrap_or(self.right.snapshot(id)?));
        }
        Ok(now)
    }

    fn commit(
        &self,
        id: &ObjectId,
        changes: Changes,
        terms: CommitTerms,
    ) -> Result<u64, CommitError> {
        if self.race != Race::LateForOthers {
            return self.right.commit(id, changes, terms);
        }
        self.catch_up(id, false)?;
        let late = Late {
            by: thread::current().id(),
            changes,
            terms,
            was_missed: false,
        };
        unpoisoned(self.late.lock()).insert(id.clone(), late);
        Ok(self.count.fetch_add(1, Ordering::Relaxed) + 1)
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
