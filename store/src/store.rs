//! A store: what keeps its objects, and the locks that give each object one writer.

use std::{sync::Arc, time::Instant};

use objclass::{Fault, ObjectId, Page};
use transaction::{Absent, Changes, Snapshot};

use crate::{
    Busy, CommitError, CommitTerms, Frozen, StoreEngine, check_id,
    id::Listing,
    lock::{Locks, ObjectLock},
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
            Ok(()) => self.engine.snapshot(id),
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
                self.engine.list(pool, namespace, after, prefix, max)
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
        match Listing::new(pool, None, None, "") {
            Some(_) => self.engine.objects(pool),
            None => Ok(0),
        }
    }

    /// Lists the pools that have objects, in byte order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pools(&self) -> Result<Vec<String>, Fault> {
        self.engine.pools()
    }

    /// Returns every object as committed now, at one moment. Neither this nor reading it waits for a writer.
    ///
    /// # Errors
    /// The store cannot be read as a whole.
    pub fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        self.engine.freeze()
    }

    /// Makes every acknowledged commit stable, the buffered ones included.
    ///
    /// # Errors
    /// As [`Writing::commit`].
    pub fn sync(&self) -> Result<(), CommitError> {
        self.engine.sync()
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
        self.store.engine.commit(id, changes, terms.into())
    }
}
