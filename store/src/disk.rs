//! The durable store, on fjall. What lies where is in `docs/format.md`.

pub(crate) mod census;
mod dead_rows;
mod directory;
mod engine;
mod error;
mod extents;
mod files;
mod frozen;
pub(crate) mod fsck;
mod garbage;
mod group;
mod header;
pub(crate) mod inventory;
mod journal;
pub(crate) mod key;
mod list;
mod locks;
mod mark;
mod options;
mod plan;
mod receipts;
mod restore;
mod rows;
pub(crate) mod settle;
mod snapshot;
mod space;
mod stamp;
mod sweeper;
mod syncer;
mod turnstile;
pub(crate) mod value;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use objclass::{Fault, ObjectId, Page};
use transaction::{Absent, Changes, Snapshot};

use self::{
    census::{Census, Change, Presence},
    directory::{Closed, Directory, Left},
    engine::{Fjall, has_part_of_a_lost_batch, newest, open_tables, stamp_opening},
    error::{open_engine, open_fault, open_io},
    frozen::DiskFrozen,
    group::Group,
    header::Header,
    key::Table,
    mark::FileMark,
    plan::Plan,
    receipts::{Place, Receipts},
    rows::{Rows, Tables},
    snapshot::DiskSnapshot,
    space::Space,
    stamp::Stamp,
    sweeper::Sweeper,
    syncer::Syncer,
    turnstile::Turnstile,
};
pub use self::{
    fsck::{fsck, fsck_with},
    options::{DiskOptions, SyncMethod},
    restore::restore,
};
use crate::{
    CommitError, CommitTerms, Durability, FileBytes, Frozen, OpenStoreError, PoolUsage, Receipt,
    Store, StoreEngine, panics::caught,
};

/// Opens the store in the directory `path`, creating it as `options` say. One handle at a time, in one process.
///
/// # Errors
/// [`OpenStoreError`] says what is wrong and what to do.
pub fn open_disk(path: &Path, options: DiskOptions) -> Result<Store, OpenStoreError> {
    let store = DiskStore::open(path, &options)?;
    store
        .sweep_found()
        .map_err(|fault| open_fault(path, fault))?;
    Ok(Store::new(Arc::new(store)))
}

pub(crate) struct DiskStore {
    group: Arc<Group<Fjall>>,
    turnstile: Turnstile,
    syncer: Syncer,
    sweeper: Sweeper,
    /// The last version given. A commit takes its version before it is planned, because rows are named after it; a
    /// commit that then fails leaves a gap.
    versions: AtomicU64,
    census: Arc<Census>,
    receipts: Receipts,
    extent: u32,
    space: Space,
    /// Bytes of journal that a clean close may leave.
    replay: u64,
    /// It has its header: from here on it is a store, and leaves a mark when it is closed.
    is_whole: bool,
    /// Dropped last, after the engine.
    closing: Closing,
}

/// What is left to do once the engine is closed.
struct Closing {
    /// The last version given, once everything up to it is known to be stable.
    version: Option<u64>,
    /// The engine's files that were stable when it was opened.
    stable: Vec<FileMark>,
    /// Everything is in tables, and the journals are of no use.
    in_tables: bool,
    engine: Weak<Tables>,
    directory: Directory,
}

impl Drop for Closing {
    /// Leaves the mark of a clean close. Without it the next opening still finds every acknowledged commit; it only
    /// cannot tell whether any were lost since, with a damaged journal.
    fn drop(&mut self) {
        if let Some(version) = self.version {
            // A snapshot that is still held keeps the engine open, and its files may change.
            let left = match self.engine.strong_count() {
                0 if self.in_tables => Left::Tables,
                0 => Left::Journals,
                _ => Left::InUse,
            };
            // Nobody is left to hear of a failure, and nothing is lost by it.
            let _unmarked = self.directory.mark_closed(version, left, &self.stable);
        }
    }
}

impl fmt::Debug for DiskStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskStore")
            .field("path", &self.closing.directory.path())
            .finish_non_exhaustive()
    }
}

impl DiskStore {
    pub(crate) fn open(path: &Path, options: &DiskOptions) -> Result<Self, OpenStoreError> {
        let (directory, header) = Directory::open(path, options.create)?;
        let mut store = Self::prepare(directory, header, options)?;
        let directory = &store.closing.directory;
        let io = |error| open_io(path, error);
        directory.finish_creation(header).map_err(io)?;
        directory.mark_open().map_err(io)?;
        store.is_whole = true;
        Ok(store)
    }

    /// Everything but the header, which makes a new directory a store.
    fn prepare(
        directory: Directory,
        header: Header,
        options: &DiskOptions,
    ) -> Result<Self, OpenStoreError> {
        let path = &directory.path().to_owned();
        // Before the engine opens them: it gives up hard on some kinds of damage.
        let closed = directory.closed()?;
        let torn = match &closed {
            Closed::Cleanly(_) => {
                directory.check_journals()?;
                None
            }
            Closed::Never | Closed::ThenCrashed(_) => directory.recover_journals()?,
        };
        let tables = open_tables(&directory, options).map_err(|error| open_engine(path, error))?;
        let found = Stamp::newest(&tables).map_err(|fault| open_fault(path, fault))?;
        let last = found.last;
        if let Some(torn) = torn
            && (torn.stable > found.batch || has_part_of_a_lost_batch(&tables))
        {
            // The engine closes its files first.
            drop(tables);
            torn.put_back().map_err(|error| open_io(path, error))?;
            return Err(directory.damaged_journal(&torn.path));
        }
        let (version, stable) = match closed {
            Closed::Never => (None, Vec::new()),
            Closed::Cleanly(mark) => (Some(mark.version), mark.files),
            Closed::ThenCrashed(version) => (Some(version), Vec::new()),
        };
        if let Some(closed) = version
            && closed != last
        {
            return Err(directory.damaged(format!(
                "it was closed at version {closed} and now ends at {last}"
            )));
        }
        // Before the header says a format that has counts.
        let fault = |fault| open_fault(path, fault);
        let before = newest(&tables);
        let census = Census::open(&tables, header.format).map_err(fault)?;
        let found = stamp_opening(&tables, found, before).map_err(fault)?;
        let (tables, census) = (Arc::new(tables), Arc::new(census));
        Ok(Self {
            group: Arc::new(Group::new(
                Fjall::new(
                    Arc::clone(&tables),
                    found,
                    Arc::clone(&census),
                    options.sync_method,
                ),
                options.buffered_bytes,
            )),
            turnstile: Turnstile::new(
                options.commit_room,
                options.commit_queue,
                options.commit_wait,
            ),
            syncer: Syncer::new(options.buffered_time),
            sweeper: Sweeper::default(),
            census,
            receipts: Receipts::default(),
            versions: AtomicU64::new(last),
            extent: header.extent,
            space: Space::new(path, options.reserve),
            replay: options.replay,
            is_whole: false,
            closing: Closing {
                version: None,
                stable,
                in_tables: false,
                engine: Arc::downgrade(&tables),
                directory,
            },
        })
    }

    /// Has the garbage removed that an earlier opening left.
    fn sweep_found(&self) -> Result<(), Fault> {
        if garbage::is_there(self.tables())? {
            self.sweep();
        }
        Ok(())
    }

    /// Leaves garbage where it is from now on.
    #[cfg(test)]
    pub(crate) fn keep_garbage(&self) {
        self.sweeper.stop();
    }

    /// Has garbage removed in the background, from now on: what there is, and what commits leave.
    pub(crate) fn sweep(&self) {
        self.sweeper.wake(&self.group);
    }

    /// Gives the next version.
    fn next_version(&self) -> u64 {
        self.versions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The place of the next receipt of a pool, with the version of its commit.
    fn place(&self, pool: &str) -> Result<Place, Fault> {
        let tables = self.tables();
        self.receipts.place(tables, pool, || self.next_version())
    }

    /// Commits rows of no object, to become stable later.
    fn commit_rows(&self, version: u64, rows: Rows) -> Result<(), CommitError> {
        let bytes = rows.bytes;
        self.space.take(bytes as u64, false)?;
        self.group.commit((version, rows), bytes, false)?;
        self.sync_later();
        Ok(())
    }

    fn sync_later(&self) {
        let group = Arc::clone(&self.group);
        // A failure poisons the store, and the next commit says so.
        self.syncer.note(move || drop(sync(&group)));
    }

    /// Bytes of commits that a power cut would take.
    #[cfg(test)]
    pub(crate) fn unstable(&self) -> u64 {
        self.group.buffered()
    }

    /// Takes room as a commit of so many bytes does; what is returned gives it back.
    #[cfg(test)]
    pub(crate) fn occupy(&self, bytes: u64) -> impl Drop + '_ {
        self.turnstile.enter(bytes).expect("there is room")
    }

    pub(crate) fn tables(&self) -> &Arc<Tables> {
        &self.group.engine().tables
    }
}

/// Makes stable what was committed.
fn sync(group: &Group<Fjall>) -> Result<(), CommitError> {
    let last = group.engine().last.load(Ordering::Acquire);
    group.commit((last, Rows::default()), 0, true)
}

impl Drop for DiskStore {
    /// Makes everything stable. A store that failed to write gets no mark of a clean close.
    fn drop(&mut self) {
        self.sweeper.stop();
        self.syncer.stop();
        if self.is_whole && self.sync().is_ok() {
            let last = &self.group.engine().last;
            self.closing.version = Some(last.load(Ordering::Acquire));
            let journals = settle::journal_bytes(&self.closing.directory.engine());
            self.closing.in_tables = journals.is_ok_and(|bytes| bytes > self.replay)
                && settle::into_tables(self.tables());
        }
    }
}

impl StoreEngine for DiskStore {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        Ok(match DiskSnapshot::take(self.tables(), self.extent, id)? {
            Some(snapshot) => Box::new(snapshot),
            None => Box::new(Absent),
        })
    }

    fn commit(
        &self,
        id: &ObjectId,
        changes: Changes,
        terms: CommitTerms,
    ) -> Result<u64, CommitError> {
        // A panic in planning is an answer and closes nothing: no row is on its way yet.
        let plan = caught(|| Plan::begin(self.tables(), self.extent, id))??;
        // Before the rows are made: what waits is held once, as changes.
        let held = changes.bytes() + plan.removed_bytes(&changes);
        let _pass = self.turnstile.enter(held)?;
        let place = match &terms.receipt {
            Some(_) => Some(self.place(&id.pool)?),
            None => None,
        };
        let version = place.map_or_else(|| self.next_version(), |place| place.version);
        let removes = matches!(changes, Changes::Removed);
        let mut rows = caught(|| plan.rows(changes, version))??;
        if let (Some(place), Some(receipt)) = (place, &terms.receipt) {
            place.put(&mut rows, &id.pool, receipt);
        }
        let bytes = rows.bytes;
        self.space.take(bytes as u64, removes)?;
        let (change, notes) = (rows.change.clone(), rows.notes);
        let comes_or_goes = change.filter(|change| change.presence != Presence::Kept);
        if let Some(Change {
            pool,
            presence: Presence::Created,
            ..
        }) = &comes_or_goes
        {
            self.census.admit(pool, terms.pool_objects)?;
        }
        let sync = terms.durability == Durability::Sync;
        let committed = self.group.commit((version, rows), bytes, sync);
        if !sync {
            self.sync_later();
        }
        if let Some(Change { pool, presence, .. }) = &comes_or_goes
            && committed.is_ok() == (*presence == Presence::Removed)
        {
            self.census.leave(pool);
        }
        committed?;
        if notes {
            self.sweep();
        }
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
        list::objects(self.tables(), pool, namespace, after, prefix, max)
    }

    fn usage(&self, pool: &str) -> Result<PoolUsage, Fault> {
        Ok(self.census.usage(pool))
    }

    fn file_bytes(&self) -> Result<Option<FileBytes>, Fault> {
        let tables = Table::ALL.map(|table| self.tables().keyspace(table).disk_space());
        let journals = settle::journal_bytes(&self.closing.directory.engine());
        Ok(Some(FileBytes {
            tables: tables.iter().sum(),
            journals: journals
                .map_err(|error| Fault::with_source("cannot look at the journals", error))?,
        }))
    }

    fn pools(&self) -> Result<Vec<String>, Fault> {
        list::pools(self.tables())
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        let view = self.tables().database.snapshot();
        Ok(Box::new(DiskFrozen {
            tables: Arc::clone(self.tables()),
            view,
            extent: self.extent,
            // After the view: none of its objects has a later version.
            last_version: self.versions.load(Ordering::Acquire),
        }))
    }

    fn leave_receipt(&self, pool: &str, receipt: Receipt) -> Result<(), CommitError> {
        let place = self.place(pool)?;
        let mut rows = Rows::default();
        place.put(&mut rows, pool, &receipt);
        self.commit_rows(place.version, rows)
    }

    fn receipts(&self, pool: &str) -> Result<Vec<(u64, Receipt)>, Fault> {
        receipts::of_pool(self.tables(), pool)
    }

    fn forget_receipts(&self, pool: &str) -> Result<(), CommitError> {
        let rows = self.receipts.forget(self.tables(), pool)?;
        let last = self.group.engine().last.load(Ordering::Acquire);
        self.commit_rows(last, rows)
    }

    fn sync(&self) -> Result<(), CommitError> {
        sync(&self.group)
    }
}
