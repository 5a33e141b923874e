//! A store: what keeps its objects, and the locks that give each object one writer.

use std::{sync::Arc, time::Instant};

use objclass::{Fault, ObjectId, Page};
use transaction::{Absent, Changes, Snapshot};

use crate::{
    Busy, CommitError, CommitTerms, FileBytes, Frozen, PoolUsage, Receipt, StoreEngine, check_id,
    id::Listing,
    lock::{Locks, ObjectLock},
    panics::caught,
};

/// Objects in pools and namespaces. A clone is another handle on the same objects.
///
/// Whoever writes an object [begins](Store::begin): the [`Writing`] it gets is the right to be the one writer, the
/// snapshot to build on and the way to commit. Reading needs none of this and waits for nobody.
#[derive(Clone, Debug)]
pub struct Store {
    locks: Arc<Locks>,
    engine: Arc<dyn StoreEngine>,
}

impl Store {
    /// A store on `engine`. An engine belongs to one store: two stores on one engine would not know each other's writers.
    #[must_use]
    pub fn new(engine: Arc<dyn StoreEngine>) -> Self {
        Self {
            locks: Arc::new(Locks::new()),
            engine,
        }
    }

    /// What keeps the objects. For an engine that stands in front of another one.
    #[must_use]
    pub fn engine(&self) -> &Arc<dyn StoreEngine> {
        &self.engine
    }

    /// Becomes the one writer of an object, after those who asked before.
    ///
    /// # Errors
    /// [`Busy`] says whether the queue was too long or the wait. With [`Wait::FOREVER`] there is no error.
    ///
    /// # Non-guarantees
    /// A thread that begins twice on one object waits for itself, for ever if it said so.
    pub fn begin(&self, id: &ObjectId, wait: Wait) -> Result<Writing<'_>, Busy> {
        Ok(Writing {
            lock: self.locks.lock(id, wait)?,
            store: self,
        })
    }

    /// Returns the object as committed now. Of an id that no object can have there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        match check_id(id) {
            Ok(()) => caught(|| self.engine.snapshot(id))?,
            Err(_) => Ok(Box::new(Absent)),
        }
    }

    /// Lists objects of a pool in byte order of (namespace, name): those of one namespace or of all (`None`), after
    /// `after`, whose names begin with `prefix`, at most `max`. Names may be of any length; those no object can have match
    /// nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Fault> {
        match Listing::new(pool, namespace, after, prefix) {
            Some(listing) => {
                let after = listing.after.as_deref();
                caught(|| self.engine.list(pool, namespace, after, prefix, max))?
            }
            None => Ok(Page {
                entries: Vec::new(),
                more: false,
            }),
        }
    }

    /// Counts the objects of a pool.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn objects(&self, pool: &str) -> Result<u64, Fault> {
        Ok(self.usage(pool)?.objects)
    }

    /// Says how much is in a pool.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn usage(&self, pool: &str) -> Result<PoolUsage, Fault> {
        match Listing::new(pool, None, None, "") {
            Some(_) => caught(|| self.engine.usage(pool))?,
            None => Ok(PoolUsage::default()),
        }
    }

    /// Says what the files of the store take; `None` of one without files.
    ///
    /// # Errors
    /// The files cannot be looked at.
    pub fn file_bytes(&self) -> Result<Option<FileBytes>, Fault> {
        caught(|| self.engine.file_bytes())?
    }

    /// Lists the pools that have objects, in byte order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pools(&self) -> Result<Vec<String>, Fault> {
        caught(|| self.engine.pools())?
    }

    /// Returns every object as committed now, at one moment. Neither this nor reading it waits for a writer.
    ///
    /// # Errors
    /// The store cannot be read as a whole.
    pub fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        caught(|| self.engine.freeze())?
    }

    /// Leaves a receipt where there is nothing to commit; see [`StoreEngine::leave_receipt`].
    ///
    /// # Errors
    /// As [`Writing::commit`].
    pub fn leave_receipt(&self, pool: &str, receipt: Receipt) -> Result<(), CommitError> {
        caught(|| self.engine.leave_receipt(pool, receipt))
            .unwrap_or_else(|fault| Err(unknown(fault)))
    }

    /// Returns the receipts of a pool that are kept, the oldest first, each with the version of its commit.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn receipts(&self, pool: &str) -> Result<Vec<(u64, Receipt)>, Fault> {
        caught(|| self.engine.receipts(pool))?
    }

    /// Forgets the receipts of a pool that is gone.
    ///
    /// # Errors
    /// As [`Writing::commit`].
    pub fn forget_receipts(&self, pool: &str) -> Result<(), CommitError> {
        caught(|| self.engine.forget_receipts(pool)).unwrap_or_else(|fault| Err(unknown(fault)))
    }

    /// Makes every acknowledged commit stable, the buffered ones included.
    ///
    /// # Errors
    /// As [`Writing::commit`].
    pub fn sync(&self) -> Result<(), CommitError> {
        caught(|| self.engine.sync()).unwrap_or_else(|fault| Err(unknown(fault)))
    }
}

/// A commit that panicked: nobody knows what was applied of it.
fn unknown(fault: Fault) -> CommitError {
    CommitError::Failed {
        reason: fault.message,
        source: None,
    }
}

/// How long a writer waits for those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub(crate) deadline: Option<Instant>,
    pub(crate) longest_queue: usize,
}

impl Wait {
    /// As long as it takes.
    pub const FOREVER: Wait = Wait {
        deadline: None,
        longest_queue: usize::MAX,
    };

    /// Until `deadline`. An object that is free is had however late it is.
    #[must_use]
    pub fn until(deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..Self::FOREVER
        }
    }

    /// Not at all when this many wait already.
    #[must_use]
    pub fn unless_waiting(self, longest_queue: usize) -> Self {
        Self {
            longest_queue,
            ..self
        }
    }
}

/// The one writer of an object, until this is dropped or has committed.
#[derive(Debug)]
#[must_use = "the object is given up at once when this is dropped"]
pub struct Writing<'s> {
    lock: ObjectLock<'s>,
    store: &'s Store,
}

impl Writing<'_> {
    /// The object that is written.
    #[must_use]
    pub fn object(&self) -> &ObjectId {
        self.lock.object()
    }

    /// Returns the object as it is. Nobody else changes it while this writer has it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn snapshot(&self) -> Result<Box<dyn Snapshot>, Fault> {
        self.store.snapshot(self.object())
    }

    /// Applies what a transaction over [`snapshot`](Writing::snapshot) changed, whole or not at all, and returns the
    /// object's new version. Then the next writer has the object.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Failed`] the store accepts no commit until it is opened again,
    /// and only then shows whether this one was applied.
    pub fn commit(
        self,
        changes: Changes,
        terms: impl Into<CommitTerms>,
    ) -> Result<u64, CommitError> {
        let id = self.object();
        check_id(id)?;
        let terms = terms.into();
        caught(|| self.store.engine.commit(id, changes, terms))
            .unwrap_or_else(|fault| Err(unknown(fault)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Durability, memory};

    /// An engine that panics whatever it is asked, written against the public interface.
    #[derive(Debug)]
    struct Panics;

    impl StoreEngine for Panics {
        fn snapshot(&self, _id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
            panic!("snapshot")
        }

        fn commit(
            &self,
            _id: &ObjectId,
            _changes: Changes,
            _terms: CommitTerms,
        ) -> Result<u64, CommitError> {
            panic!("commit")
        }

        fn list(
            &self,
            _pool: &str,
            _namespace: Option<&str>,
            _after: Option<&ObjectId>,
            _prefix: &str,
            _max: usize,
        ) -> Result<Page<ObjectId>, Fault> {
            panic!("list")
        }

        fn pools(&self) -> Result<Vec<String>, Fault> {
            panic!("pools")
        }

        fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
            panic!("freeze")
        }

        fn sync(&self) -> Result<(), CommitError> {
            panic!("sync")
        }
    }

    fn id(length: usize) -> ObjectId {
        ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: "o".repeat(length),
        }
    }

    #[test]
    fn a_panic_of_an_engine_is_an_answer_and_the_object_is_free_afterwards() {
        let store = Store::new(Arc::new(Panics));
        let says = |text: String, word: &str| assert!(text.contains(word), "{text}");
        for _ in 0..2 {
            let writing = store.begin(&id(1), Wait::until(Instant::now())).unwrap();
            says(writing.snapshot().unwrap_err().message, "snapshot");
            let failed = writing.commit(Changes::Removed, Durability::Sync);
            says(failed.unwrap_err().to_string(), "commit");
        }
        says(
            store.list("p", None, None, "", 1).unwrap_err().message,
            "list",
        );
        says(store.objects("p").unwrap_err().message, "list");
        says(store.pools().unwrap_err().message, "pools");
        says(store.freeze().unwrap_err().message, "freeze");
        says(store.sync().unwrap_err().to_string(), "sync");
        // An id that no object can have does not reach the engine.
        assert!(
            store
                .snapshot(&id(5_000))
                .unwrap()
                .head()
                .unwrap()
                .is_none()
        );
        let writing = store.begin(&id(5_000), Wait::FOREVER).unwrap();
        let refused = writing.commit(Changes::Removed, Durability::Sync);
        assert!(matches!(refused, Err(CommitError::InvalidId(_))));
        let long = "l".repeat(70_000);
        for listed in [
            store.list(&long, None, None, "", 1),
            store.list("p", Some(&long), None, "", 1),
            store.list("p", None, None, &long, 1),
        ] {
            assert!(listed.unwrap().entries.is_empty());
        }
        assert_eq!(store.objects(&long).unwrap(), 0);
    }

    #[test]
    fn two_handles_share_their_writers() {
        let (one, other) = {
            let store = memory();
            (store.clone(), store)
        };
        let held = one.begin(&id(1), Wait::FOREVER).unwrap();
        assert!(other.begin(&id(1), Wait::until(Instant::now())).is_err());
        drop(held);
        drop(other.begin(&id(1), Wait::until(Instant::now())).unwrap());
    }
}
