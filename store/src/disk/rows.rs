//! Rows on their way into the engine, and reads of verified rows out of it.

use std::{ops::Bound, sync::Arc};

use bytes::Bytes;
use fjall::{Readable, Slice};
use objclass::{Fault, ObjectError, Work};

use super::{
    census::Change,
    error::{read_fault, write_reason},
    key::Table,
    locks::Held,
    value::{CHECKSUM, seal, unseal},
};

/// The engine and its keyspaces.
#[derive(Clone)]
pub(crate) struct Tables {
    pub(crate) database: fjall::Database,
    pub(super) keyspaces: [fjall::Keyspace; Table::ALL.len()],
    /// Until the engine has closed its files: it reaches them through the directory that is held open here.
    pub(super) _held: Arc<Held>,
}

impl Tables {
    pub(crate) fn keyspace(&self, table: Table) -> &fjall::Keyspace {
        // Keyspaces are opened in the order of `Table::ALL`, which is the order of the variants.
        &self.keyspaces[table as usize]
    }
}

/// One row set, or removed (`None`).
#[derive(Debug)]
pub(super) struct Row {
    pub(super) table: Table,
    pub(super) key: Slice,
    pub(super) value: Option<Slice>,
}

/// The rows one commit changes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// Bytes of keys and values.
    pub(super) bytes: usize,
    /// Whether some of them note garbage.
    pub(super) notes: bool,
    /// What becomes of the number of objects.
    pub(super) change: Option<Change>,
}

impl Rows {
    /// Sets a row to `payload`, under its checksum.
    pub(super) fn set(&mut self, table: Table, key: impl AsRef<[u8]>, payload: Vec<u8>) {
        let value = seal(key.as_ref(), payload);
        self.bytes += key.as_ref().len() + value.len();
        self.rows.push(Row {
            table,
            key: exact(key),
            value: Some(value.into()),
        });
    }

    /// Removes a row that nobody looks for again: its number is nobody's from now on, or it lies after the end of the data.
    pub(super) fn remove(&mut self, table: Table, key: impl AsRef<[u8]>) {
        self.bytes += key.as_ref().len();
        self.rows.push(Row {
            table,
            key: exact(key),
            value: None,
        });
    }

    /// Removes a row among others that stay: a dead row takes its place, which a walk sees and pays for. The engine's own
    /// marks of removal it would walk over by itself, however many there are, with nobody looking at the clock.
    pub(super) fn bury(&mut self, table: Table, key: impl AsRef<[u8]>) {
        self.bytes += key.as_ref().len();
        self.rows.push(Row {
            table,
            key: exact(key),
            value: Some(Slice::empty()),
        });
    }
}

/// A key without room behind it, which the engine would keep.
fn exact(key: impl AsRef<[u8]>) -> Slice {
    Slice::from(key.as_ref())
}

/// Writes rows past the group commit, for whoever has the store to itself.
pub(super) fn write(
    tables: &Tables,
    rows: Vec<Row>,
    mode: fjall::PersistMode,
) -> Result<(), Fault> {
    let database = tables.database.clone();
    let mut batch =
        fjall::OwnedWriteBatch::with_capacity(database, rows.len()).durability(Some(mode));
    for row in rows {
        let keyspace = tables.keyspace(row.table);
        match row.value {
            Some(value) => batch.insert(keyspace, row.key, value),
            None => batch.remove(keyspace, row.key),
        }
    }
    batch
        .commit()
        .map_err(|error| Fault::with_source(write_reason(&error), error))
}

/// Whether this is the value of a dead row. Every other value ends with its checksum.
pub(super) fn is_dead(table: Table, value: &[u8]) -> bool {
    value.is_empty() && matches!(table, Table::Xattrs | Table::Omap)
}

/// The payload of one row as of `view`, its checksum verified.
pub(super) fn get(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    key: &[u8],
) -> Result<Option<Bytes>, Fault> {
    let value = view
        .get(tables.keyspace(table), key)
        .map_err(|error| read_fault(table, error))?;
    value
        .filter(|value| !is_dead(table, value))
        .map(|value| unseal(table, key, value.into()))
        .transpose()
}

/// The rows of `table` in a range of keys as of `view`, in key order, checksums verified.
pub(super) fn range(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
) -> impl Iterator<Item = Result<(Bytes, Bytes), Fault>> + use<> {
    view.range::<&[u8], _>(tables.keyspace(table), (from, to))
        .map(move |row| {
            let (key, value) = row.into_inner().map_err(|error| read_fault(table, error))?;
            let payload = unseal(table, &key, value.into())?;
            Ok((key.into(), payload))
        })
}

/// All rows of `table` as of `view`, in key order: those whose checksum is wrong without a payload.
pub(super) fn sound(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
) -> impl Iterator<Item = Result<(Bytes, Option<Bytes>), Fault>> + use<> {
    view.range::<&[u8], _>(tables.keyspace(table), ..)
        .map(move |row| {
            let (key, value) = row.into_inner().map_err(|error| read_fault(table, error))?;
            let payload = unseal(table, &key, value.into()).ok();
            Ok((key.into(), payload))
        })
}

/// The xattrs or omap rows of a range as of `view`, in order, checksums verified: dead ones without a payload.
pub(super) fn entries(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
) -> impl Iterator<Item = Result<(Bytes, Option<Bytes>), Fault>> + use<> {
    view.range::<&[u8], _>(tables.keyspace(table), (from, to))
        .map(move |row| {
            let (key, value) = row.into_inner().map_err(|error| read_fault(table, error))?;
            if is_dead(table, &value) {
                return Ok((key.into(), None));
            }
            let payload = unseal(table, &key, value.into())?;
            Ok((key.into(), Some(payload)))
        })
}

/// The keys of `table` in a range as of `view`, in order, those of dead rows among them. Values are neither read nor verified.
pub(super) fn keys(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
) -> impl Iterator<Item = Result<Slice, Fault>> + use<> {
    view.range::<&[u8], _>(tables.keyspace(table), (from, to))
        .map(move |row| row.key().map_err(|error| read_fault(table, error)))
}

/// The keys of xattrs or omap rows of a range as of `view`, in order, each with the length of its payload; a dead one without.
/// The engine reads values to pass them; they are dropped one by one, in vain, and not verified.
pub(super) fn lengths(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
) -> impl Iterator<Item = Result<(Bytes, Option<usize>), Fault>> + use<> {
    view.range::<&[u8], _>(tables.keyspace(table), (from, to))
        .map(move |row| {
            let (key, value) = row.into_inner().map_err(|error| read_fault(table, error))?;
            let length = value.len().saturating_sub(CHECKSUM);
            Ok((key.into(), Some(length).filter(|_| !is_dead(table, &value))))
        })
}

/// The length of the payload of one xattr or omap row as of `view`. The value is read in vain and not verified.
pub(super) fn length(
    view: &fjall::Snapshot,
    tables: &Tables,
    table: Table,
    key: &[u8],
    work: &mut Work,
) -> Result<Option<u64>, ObjectError> {
    let size = view
        .size_of(tables.keyspace(table), key)
        .map_err(|error| read_fault(table, error))?;
    // A dead row has no byte.
    let size = size.filter(|size| *size > 0);
    let length = size.map(|size| (size as usize).saturating_sub(CHECKSUM));
    work.read_in_vain(length.unwrap_or_default())?;
    Ok(length.map(|length| length as u64))
}
