//! A close that leaves nothing to replay.
//!
//! The engine replays its journals whenever it opens, also what its tables hold already, and does so row by row. A store
//! that had taken 300,000 small writes would take two seconds to open, however cleanly it was closed. So a close that finds more
//! than a little in the journals moves what they hold into tables, and empties them once the engine is closed.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use fjall::PersistMode;

use super::{files, journal::journals, key::Table, rows::Tables};

/// How long a close waits for the engine to write its tables; what is not in them then is replayed.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks whether they are written.
const LOOK: Duration = Duration::from_micros(200);

/// `st_blocks` counts these, whatever the file system's own blocks are.
const BLOCK: u64 = 512;

/// Bytes the journals take: of a file with room made beforehand, those that were written.
pub(crate) fn journal_bytes(engine: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for journal in journals(engine)? {
        let found = files::open(&journal, OpenOptions::new().read(true))?.metadata()?;
        bytes += found.len().min(found.blocks() * BLOCK);
    }
    Ok(bytes)
}

/// Moves what is in memory and in the journals into tables. Returns whether all of it is there. Nobody writes meanwhile.
pub(super) fn into_tables(tables: &Tables) -> bool {
    let rotated = Table::ALL
        .iter()
        .all(|table| tables.keyspace(*table).rotate_memtable().is_ok());
    let until = Instant::now() + PATIENCE;
    let is_written = || {
        let mut tables = Table::ALL.iter().map(|table| tables.keyspace(*table));
        tables.all(|table| table.sealed_memtable_count() == 0)
    };
    while rotated && !is_written() {
        // An engine that failed to write says so here, and never finishes.
        let works = tables.database.persist(PersistMode::Buffer).is_ok();
        if !works || Instant::now() > until {
            return false;
        }
        thread::sleep(LOOK);
    }
    rotated
}

/// Empties the journals of an engine that is closed, whose tables hold everything and are stable.
///
/// The last one stays, without content: only when there is one does the engine take up the numbers where they ended.
pub(super) fn empty_journals(engine: &Path) -> io::Result<()> {
    let mut journals = journals(engine)?;
    let Some(last) = journals.pop() else {
        return Ok(());
    };
    for journal in journals {
        files::remove(&journal)?;
    }
    let file = files::open_single(&last, OpenOptions::new().write(true))?;
    let empty = || {
        file.set_len(0)?;
        file.sync_all()
    };
    empty().map_err(|error| files::named(&last, error))?;
    files::sync_directory(engine)
}
