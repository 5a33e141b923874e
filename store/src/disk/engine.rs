//! The engine behind the group commit: fjall, its keyspaces and its journal.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fjall::{AbstractTree as _, KeyspaceCreateOptions, PersistMode};
use objclass::Fault;

use super::{
    census::Census,
    dead_rows,
    directory::Directory,
    error::write_reason,
    group::{AppliesBatch, Failure},
    key::{LAST_VERSION, Table},
    options::{DiskOptions, SyncMethod},
    rows::{self, Row, Rows, Tables},
    stamp::Stamp,
    value,
};

/// Bytes of full journals kept before what the oldest holds is flushed into tables: the engine's least, which is one
/// journal. Bounds the memory of write buffers and the time recovery takes.
const JOURNAL: u64 = 64 << 20;

/// The engine behind the group commit.
pub(super) struct Fjall {
    pub(super) tables: Arc<Tables>,
    /// The highest version committed.
    pub(super) last: AtomicU64,
    /// The number of the last batch. As `stable`, of interest to whoever commits only, one thread at a time.
    batch: AtomicU64,
    /// The number of the last batch known to be on stable storage.
    stable: AtomicU64,
    pub(super) census: Arc<Census>,
    mode: PersistMode,
}

impl Fjall {
    /// The engine whose newest batch has the stamp `found`.
    pub(super) fn new(
        tables: Arc<Tables>,
        found: Stamp,
        census: Arc<Census>,
        sync_method: SyncMethod,
    ) -> Self {
        Self {
            tables,
            last: AtomicU64::new(found.last),
            // Opening made stable what it found and what it wrote.
            batch: AtomicU64::new(found.batch),
            stable: AtomicU64::new(found.batch),
            census,
            mode: match sync_method {
                SyncMethod::Data => PersistMode::SyncData,
                SyncMethod::All => PersistMode::SyncAll,
            },
        }
    }
}

impl AppliesBatch for Fjall {
    type Rows = (u64, Rows);

    fn commit(&self, writers: Vec<(u64, Rows)>, sync: bool) -> Result<(), Failure> {
        let failure = |error: fjall::Error| Failure {
            reason: write_reason(&error),
            source: Some(Box::new(error)),
        };
        let count: usize = writers.iter().map(|(_, rows)| rows.rows.len()).sum();
        let database = &self.tables.database;
        if count == 0 {
            return match sync {
                true => {
                    database.persist(self.mode).map_err(failure)?;
                    self.now_stable(self.batch.load(Ordering::Relaxed));
                    Ok(())
                }
                false => Ok(()),
            };
        }
        let mode = match sync {
            true => self.mode,
            false => PersistMode::Buffer,
        };
        let mut batch = fjall::OwnedWriteBatch::with_capacity(database.clone(), count + 1)
            .durability(Some(mode));
        let before = self.last.load(Ordering::Acquire);
        let mut last = before;
        let mut changes = Vec::new();
        let mut put = |row: Row| {
            let keyspace = self.tables.keyspace(row.table);
            match row.value {
                Some(value) => batch.insert(keyspace, row.key, value),
                None => batch.remove(keyspace, row.key),
            }
        };
        for (version, rows) in writers {
            last = last.max(version);
            rows.rows.into_iter().for_each(&mut put);
            changes.extend(rows.change);
        }
        let counts = self.census.settle(&changes);
        counts.rows.into_iter().for_each(&mut put);
        let meta = self.tables.keyspace(Table::Meta);
        let number = self.batch.fetch_add(1, Ordering::Relaxed) + 1;
        let stamp = Stamp {
            last,
            batch: number,
            stable: self.stable.load(Ordering::Relaxed),
        };
        batch.insert(
            meta,
            LAST_VERSION,
            value::seal(LAST_VERSION, stamp.encode()),
        );
        batch.commit().map_err(failure)?;
        self.last.store(last, Ordering::Release);
        if sync {
            self.now_stable(number);
        }
        Ok(())
    }
}

impl Fjall {
    fn now_stable(&self, batch: u64) {
        self.stable.store(batch, Ordering::Relaxed);
    }
}

pub(super) fn open_tables(directory: &Directory, options: &DiskOptions) -> fjall::Result<Tables> {
    let database = fjall::Database::builder(directory.engine())
        .cache_size(options.cache)
        .max_journaling_size(JOURNAL)
        .with_compaction_filter_factories(Arc::new(dead_rows::filter))
        .open()?;
    let keyspaces = Table::ALL.map(|table| {
        // Together little more than a journal holds, so that memory stays bounded.
        let buffer = match table {
            Table::Data => JOURNAL / 2,
            Table::Heads | Table::Xattrs | Table::Omap => JOURNAL / 4,
            Table::Meta => 1 << 20,
        };
        database.keyspace(table.name(), || {
            KeyspaceCreateOptions::default().max_memtable_size(buffer)
        })
    });
    let [heads, data, xattrs, omap, meta] = keyspaces;
    Ok(Tables {
        keyspaces: [heads?, data?, xattrs?, omap?, meta?],
        database,
        _held: Arc::clone(directory.held()),
    })
}

/// The sequence number of the newest batch. Every batch has a row in this table: its stamp, or a count.
pub(super) fn newest(tables: &Tables) -> Option<u64> {
    tables.keyspace(Table::Meta).tree.get_highest_seqno()
}

/// Ends what an opening wrote with a stamp, so that its loss would be seen; `before` is the newest batch before that, with
/// the stamp `found`. Returns the newest stamp then.
pub(super) fn stamp_opening(
    tables: &Tables,
    found: Stamp,
    before: Option<u64>,
) -> Result<Stamp, Fault> {
    if newest(tables) == before {
        return Ok(found);
    }
    let stamp = Stamp {
        batch: found.batch + 1,
        stable: found.batch,
        ..found
    };
    let mut row = Rows::default();
    row.set(Table::Meta, LAST_VERSION, stamp.encode());
    rows::write(tables, row.rows, PersistMode::SyncAll)?;
    Ok(stamp)
}

/// Whether a table has rows newer than the newest batch: a part of one that is gone.
pub(super) fn has_part_of_a_lost_batch(tables: &Tables) -> bool {
    let newest = newest(tables);
    Table::ALL.iter().any(|table| {
        let persisted = tables.keyspace(*table).tree.get_highest_persisted_seqno();
        persisted > newest
    })
}
