//! The contract of what keeps the objects of a store.

use std::fmt;

use objclass::{Fault, ObjectId, Page};
use transaction::{Changes, Snapshot};

use crate::{CommitError, FileBytes, Frozen, PoolUsage, Receipt};

/// When a commit is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// After it is on stable storage: it survives a power cut.
    #[default]
    Sync,
    /// After the operating system has it: it survives a killed process, not a power cut. A later
    /// [`Sync`](Durability::Sync) commit or [`Store::sync`](crate::Store::sync) makes it stable.
    Buffered,
}

/// What a commit asks for besides its changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitTerms {
    /// When it is acknowledged.
    pub durability: Durability,
    /// The most objects the pool may have if this commit creates one; `None` for no ceiling. Only the store knows how
    /// many there are.
    pub pool_objects: Option<u64>,
    /// What it leaves in the pool of its object beside its changes.
    pub receipt: Option<Receipt>,
}

impl From<Durability> for CommitTerms {
    /// No ceiling on the objects of the pool.
    fn from(durability: Durability) -> Self {
        Self {
            durability,
            pool_objects: None,
            receipt: None,
        }
    }
}

/// Objects, their snapshots and their commits: what a [`Store`](crate::Store) is built on.
///
/// The store in front of it keeps writers of one object apart and checks ids, so an engine does neither. Every id it
/// is given has passed [`check_id`](crate::check_id), and so have the parts of a listing.
///
/// # Guarantees
/// An implementation promises this, and the behaviour suite checks it:
/// - A snapshot is one object at one moment; neither taking nor reading it waits for a writer.
/// - A commit is applied whole or not at all, also when the process or the machine dies in the middle.
/// - After a commit is acknowledged every later snapshot shows it.
/// - Versions grow with every commit of the store, so a removed and recreated object never gets one it had.
///
/// # Non-guarantees
/// - Nothing is atomic across objects.
/// - A listing is not a snapshot: objects that come or go while it is paged through may or may not appear.
pub trait StoreEngine: fmt::Debug + Send + Sync {
    /// Returns the object as committed now.
    ///
    /// # Errors
    /// The store cannot be read.
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault>;

    /// Applies `changes` to an object and returns its new version.
    ///
    /// `changes` come from a transaction over a snapshot of the object, and nothing changed the object since: the store
    /// has one writer an object. Commits of different objects come from many threads at once.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Failed`] an engine accepts no commit until it is opened again,
    /// and only then shows whether this one was applied.
    fn commit(
        &self,
        id: &ObjectId,
        changes: Changes,
        terms: CommitTerms,
    ) -> Result<u64, CommitError>;

    /// Lists objects of a pool in byte order of (namespace, name): those of one namespace or of all (`None`),
    /// after `after`, whose names begin with `prefix`, at most `max`.
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

    /// Says how much is in a pool.
    ///
    /// # Errors
    /// The store cannot be read.
    fn usage(&self, pool: &str) -> Result<PoolUsage, Fault> {
        let (mut usage, mut after) = (PoolUsage::default(), None);
        loop {
            let page = self.list(pool, None, after.as_ref(), "", 1000)?;
            for id in &page.entries {
                // One that went meanwhile counts for nothing.
                if let Some(head) = self.snapshot(id)?.head()? {
                    usage.objects += 1;
                    usage.bytes += head.size;
                    usage.omap_bytes += head.omap.bytes;
                }
            }
            after = page.entries.into_iter().next_back();
            if !page.more || after.is_none() {
                return Ok(usage);
            }
        }
    }

    /// Says what the files of the store take; `None` of one without files.
    ///
    /// # Errors
    /// The files cannot be looked at.
    fn file_bytes(&self) -> Result<Option<FileBytes>, Fault> {
        Ok(None)
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

    /// Leaves a receipt where there is nothing to commit: of a request that failed, or that changed nothing. It becomes stable with the
    /// next commit that does.
    ///
    /// An engine whose objects end with the process may keep no receipts, as here.
    ///
    /// # Errors
    /// As [`commit`](StoreEngine::commit).
    fn leave_receipt(&self, _pool: &str, _receipt: Receipt) -> Result<(), CommitError> {
        Ok(())
    }

    /// Returns the receipts of a pool that are kept, the oldest first, each with the version of its commit.
    ///
    /// # Errors
    /// The store cannot be read.
    fn receipts(&self, _pool: &str) -> Result<Vec<(u64, Receipt)>, Fault> {
        Ok(Vec::new())
    }

    /// Forgets the receipts of a pool that is gone.
    ///
    /// # Errors
    /// As [`commit`](StoreEngine::commit).
    fn forget_receipts(&self, _pool: &str) -> Result<(), CommitError> {
        Ok(())
    }

    /// Makes every acknowledged commit stable, those with [`Durability::Buffered`] included.
    ///
    /// # Errors
    /// As [`commit`](StoreEngine::commit).
    fn sync(&self) -> Result<(), CommitError>;
}
