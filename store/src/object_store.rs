//! The contract of a store.

use std::{fmt, time::Instant};

use objclass::{Fault, ObjectId, Page};
use transaction::{Changes, Snapshot};

use crate::{Busy, CommitError, Frozen, ObjectLock};

/// When a commit is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// After it is on stable storage: it survives a power cut.
    #[default]
    Sync,
    /// After the operating system has it: it survives a killed process, not a power cut. A later
    /// [`Sync`](Durability::Sync) commit or [`ObjectStore::sync`] makes it stable.
    Buffered,
}

/// Objects, their snapshots and their commits.
///
/// # Guarantees
/// - A snapshot is one object at one moment; neither taking nor reading it waits for a writer.
/// - A commit is applied whole or not at all, also when the process or the machine dies in the middle.
/// - After a commit is acknowledged every later snapshot shows it.
/// - Versions grow with every commit of the store, so a removed and recreated object never gets one it had.
///
/// # Non-guarantees
/// - Nothing is atomic across objects.
/// - A listing is not a snapshot: objects that come or go while it is paged through may or may not appear.
pub trait ObjectStore: fmt::Debug + Send + Sync {
    /// Returns the object as committed now.
    ///
    /// # Errors
    /// The store cannot be read.
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault>;

    /// Becomes the one writer of an object, after those who asked before. Released when the lock is dropped.
    ///
    /// # Non-guarantees
    /// A thread that locks the same object twice waits for itself for ever.
    fn lock(&self, id: &ObjectId) -> ObjectLock;

    /// As [`lock`](ObjectStore::lock), but gives up at `deadline` and returns `None`.
    fn lock_until(&self, id: &ObjectId, deadline: Instant) -> Option<ObjectLock>;

    /// As [`lock_until`](ObjectStore::lock_until), but does not queue behind `longest_queue` writers who wait already.
    ///
    /// # Errors
    /// [`Busy`] says whether the queue was too long or the wait.
    fn lock_within(
        &self,
        id: &ObjectId,
        deadline: Instant,
        longest_queue: usize,
    ) -> Result<ObjectLock, Busy>;

    /// Applies `changes` to the locked object and returns its new version.
    ///
    /// `changes` come from a transaction over a snapshot taken under the same lock.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Failed`] the store accepts no commit until it is opened again,
    /// and only then shows whether this one was applied.
    ///
    /// # Panics
    /// When the lock belongs to another store.
    fn commit(
        &self,
        lock: &ObjectLock,
        changes: Changes,
        durability: Durability,
    ) -> Result<u64, CommitError>;

    /// Lists objects of a pool in byte order of (namespace, name): those of one namespace or of all (`None`),
    /// behind `after`, whose names begin with `prefix`, at most `max`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Fault>;

    /// Counts the objects of a pool.
    ///
    /// # Errors
    /// The store cannot be read.
    fn objects(&self, pool: &str) -> Result<u64, Fault> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = self.list(pool, None, after.as_ref(), "", 1000)?;
            count += page.entries.len() as u64;
            after = page.entries.into_iter().next_back();
            if !page.more || after.is_none() {
                return Ok(count);
            }
        }
    }

    /// Lists the pools that have objects, in byte order.
    ///
    /// # Errors
    /// The store cannot be read.
    fn pools(&self) -> Result<Vec<String>, Fault>;

    /// Returns every object as committed now, at one moment. Neither this nor reading it waits for a writer.
    ///
    /// # Errors
    /// The store cannot be read as a whole.
    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault>;

    /// Makes every acknowledged commit stable, those with [`Durability::Buffered`] included.
    ///
    /// # Errors
    /// As [`commit`](ObjectStore::commit).
    fn sync(&self) -> Result<(), CommitError>;
}
