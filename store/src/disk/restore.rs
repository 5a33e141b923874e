//! A new store from an archive: nobody can open it before all of it is there and was read back.

use std::{io::Read, path::Path};

use bytes::Bytes;
use transaction::{Head, Tally};

use super::{
    DiskOptions, DiskStore, census,
    directory::Directory,
    error::open_io,
    group::AppliesBatch as _,
    key::{self, Table},
    plan::{HEADER, INLINE},
    rows::Rows,
    value::HeadRow,
};
use crate::{
    ArchiveSummary, BackupError, CommitError, RestoreError, StoreEngine as _,
    archive::{
        backup,
        read::Reader,
        record::{ObjectRecord, Record},
    },
};

/// Bytes of rows in one batch.
const BATCH: usize = 4 << 20;

/// Makes the store in the directory `path` from an archive. There must be no store yet.
///
/// Versions and times are those of the archive. The new store is read back and its digest compared with the archive's
/// before it becomes one. A restore that is cut short leaves a directory that says so and opens as no store.
///
/// # Errors
/// [`RestoreError`]. No store has come about.
pub fn restore(
    path: &Path,
    options: &DiskOptions,
    from: &mut dyn Read,
) -> Result<ArchiveSummary, RestoreError> {
    let mut archive = Reader::open(from, &options.quotas)?;
    let (directory, header) = Directory::begin_restore(path)?;
    let mut store = DiskStore::prepare(directory, header, options)?;
    let summary = fill(&store, &mut archive)?;
    let frozen = store.freeze().map_err(BackupError::Store)?;
    let found = backup(&*frozen, &mut std::io::sink())?;
    drop(frozen);
    if found != summary {
        return Err(RestoreError::Differs);
    }
    store.sync()?;
    store
        .closing
        .directory
        .finish_creation(header)
        .map_err(|error| open_io(path, error))?;
    store.is_whole = true;
    Ok(summary)
}

fn fill(store: &DiskStore, archive: &mut Reader<'_>) -> Result<ArchiveSummary, RestoreError> {
    let mut filler = Filler {
        store,
        rows: Rows::default(),
        object: None,
    };
    while let Some(record) = archive.next()? {
        filler.put(record)?;
    }
    let summary = archive.summary()?;
    filler.end_object()?;
    let last = summary.last_version;
    store
        .versions
        .store(last, std::sync::atomic::Ordering::Release);
    // The version goes with a batch, and this one is never empty.
    let mut rows = std::mem::take(&mut filler.rows);
    rows.set(Table::Meta, key::COUNTED, Vec::new());
    write(store, last, rows)?;
    let tables = store.tables();
    let view = tables.database.snapshot();
    let counts = census::recount(&view, tables).map_err(CommitError::Fault)?;
    census::store(tables, &counts).map_err(CommitError::Fault)?;
    store.census.replace(counts);
    Ok(summary)
}

fn write(store: &DiskStore, version: u64, rows: Rows) -> Result<(), CommitError> {
    store.space.take(rows.bytes as u64, false)?;
    let batch = vec![(version, rows)];
    let engine = store.group.engine();
    engine
        .commit(batch, false)
        .map_err(|failure| CommitError::Failed {
            reason: failure.reason,
            source: failure.source,
        })
}

/// Turns records into rows.
struct Filler<'a> {
    store: &'a DiskStore,
    rows: Rows,
    object: Option<Growing>,
}

/// An object whose head is not written yet.
struct Growing {
    record: ObjectRecord,
    xattrs: Tally,
    omap: Tally,
    /// Extents that have their row.
    extents: u32,
    /// The data of an object small enough to have it in its head.
    inline: Bytes,
}

impl Filler<'_> {
    fn put(&mut self, record: Record) -> Result<(), RestoreError> {
        if let Record::Object(record) = record {
            self.end_object()?;
            self.object = Some(Growing {
                record,
                xattrs: Tally::default(),
                omap: Tally::default(),
                extents: 0,
                inline: Bytes::new(),
            });
            return Ok(());
        }
        // The reader lets no part pass before its object.
        let Some(object) = &mut self.object else {
            return Ok(());
        };
        let number = object.record.version;
        let counted = |tally: &mut Tally, name: &[u8], value: &[u8]| {
            tally.entries += 1;
            tally.bytes += (name.len() + value.len()) as u64;
        };
        match record {
            Record::Data(_, data) if object.record.size <= INLINE => object.inline = data,
            Record::Data(offset, data) => self.data(offset, &data)?,
            Record::Xattr(name, value) => {
                counted(&mut object.xattrs, &name, &value);
                let key = key::entry(number, &name);
                self.rows.set(Table::Xattrs, key, value.into());
            }
            Record::Omap(name, value) => {
                counted(&mut object.omap, &name, &value);
                let key = key::entry(number, &name);
                self.rows.set(Table::Omap, key, value.into());
            }
            Record::OmapHeader(header) => {
                let key = key::entry(number, HEADER);
                self.rows.set(Table::Omap, key, header.into());
            }
            Record::Object(_) | Record::End(..) => {}
        }
        self.flush()
    }

    /// Cuts a piece into extents. Those between it and the piece before it are zero bytes, and so are empty.
    fn data(&mut self, offset: u64, data: &[u8]) -> Result<(), RestoreError> {
        let extent = self.store.extent;
        self.extents_to(offset / u64::from(extent))?;
        let Some(object) = &mut self.object else {
            return Ok(());
        };
        for data in data.chunks(extent as usize) {
            let key = key::extent(object.record.version, object.extents);
            self.rows.set(Table::Data, key, data.to_vec());
            object.extents += 1;
        }
        Ok(())
    }

    fn extents_to(&mut self, end: u64) -> Result<(), RestoreError> {
        loop {
            let Some(object) = &mut self.object else {
                return Ok(());
            };
            if u64::from(object.extents) >= end {
                return Ok(());
            }
            let key = key::extent(object.record.version, object.extents);
            self.rows.set(Table::Data, key, Vec::new());
            object.extents += 1;
            self.flush()?;
        }
    }

    fn end_object(&mut self) -> Result<(), RestoreError> {
        let size = self.object.as_ref().map_or(0, |object| object.record.size);
        if size > INLINE {
            self.extents_to(size.div_ceil(u64::from(self.store.extent)))?;
        }
        let Some(mut object) = self.object.take() else {
            return Ok(());
        };
        if size > 0 && size <= INLINE && object.inline.is_empty() {
            // Without any byte here the extent would be looked for in the table.
            object.inline = Bytes::from_static(&[0]);
        }
        let row = HeadRow {
            // As good as the version it was created with: no other object of this store ever has either.
            number: object.record.version,
            head: Head {
                size,
                mtime: object.record.mtime,
                version: object.record.version,
                xattrs: object.xattrs,
                omap: object.omap,
            },
            complete: true,
            omap: object.record.version,
            omap_dead: 0,
            omap_first: Bytes::new(),
            inline: object.inline,
        };
        let key = key::head(&object.record.id);
        self.rows.set(Table::Heads, key, row.encode());
        self.flush()
    }

    fn flush(&mut self) -> Result<(), RestoreError> {
        if self.rows.bytes < BATCH {
            return Ok(());
        }
        Ok(write(self.store, 0, std::mem::take(&mut self.rows))?)
    }
}
