//! Rows that nobody names any more, removed in the background. What is noted where is in `docs/format.md`.
//!
//! A note and what makes its rows garbage are in one batch, and so are the last of its rows and the note's removal: whatever a
//! crash leaves, the note tells the truth.

use std::{collections::BTreeMap, ops::Bound};

use objclass::Fault;

use super::{
    key::{self, Table},
    rows::{self, Rows, Tables},
};

/// Rows and bytes of keys of one piece. It is a commit among others, and none waits longer for it than for a small one.
const PIECE_ROWS: usize = 512;
const PIECE_BYTES: usize = 256 << 10;

const WORD: usize = size_of::<u64>();

/// Notes that every row of `table` under `number` is garbage from this commit on.
pub(super) fn note(rows: &mut Rows, table: Table, number: u64, count: u64, bytes: u64) {
    if let Some(key) = key::garbage(table, number) {
        let left = [count, bytes];
        rows.set(Table::Meta, key, left.map(u64::to_le_bytes).concat());
        rows.notes = true;
    }
}

/// All notes as of `view`, by table and number, each with how many rows are left at most.
pub(super) fn notes(
    view: &fjall::Snapshot,
    tables: &Tables,
) -> Result<BTreeMap<(u8, u64), u64>, Fault> {
    let mut notes = BTreeMap::new();
    let (first, end) = key::all_garbage();
    let (from, to) = (Bound::Included(first), Bound::Excluded(end));
    for row in rows::range(view, tables, Table::Meta, from, to) {
        let (key, payload) = row?;
        let (words, rest) = payload.as_chunks::<WORD>();
        match (key::parse_garbage(&key), words, rest) {
            (Some((table, number)), &[rows, _bytes], []) => {
                notes.insert((table as u8, number), u64::from_le_bytes(rows));
            }
            _ => {
                return Err(Fault::new(
                    "a note of garbage in table meta is malformed; restore the store from a backup",
                ));
            }
        }
    }
    Ok(notes)
}

/// Whether there is a note.
pub(super) fn is_there(tables: &Tables) -> Result<bool, Fault> {
    let view = tables.database.snapshot();
    Ok(first(&view, tables)?.is_some())
}

/// The background task: where it is.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// The note it is at, and the last of its rows that was removed: those before are walked over no more.
    at: Option<(Table, u64, Vec<u8>)>,
}

impl Sweep {
    /// The next piece: rows to remove in one batch. `None` when there is no garbage.
    pub(super) fn piece(&mut self, tables: &Tables) -> Result<Option<Rows>, Fault> {
        let view = tables.database.snapshot();
        let (table, number, from) = match self.at.take() {
            Some(at) => at,
            None => match first(&view, tables)? {
                Some((table, number)) => (table, number, key::entry(number, b"")),
                None => return Ok(None),
            },
        };
        let mut piece = Rows::default();
        // Numbers are versions and never come near the last one.
        let end = key::entry(number + 1, b"");
        let (start, to) = (Bound::Included(&from[..]), Bound::Excluded(&end[..]));
        for key in rows::keys(&view, tables, table, start, to) {
            let key = key?;
            if piece.rows.len() == PIECE_ROWS || piece.bytes >= PIECE_BYTES {
                self.at = Some((table, number, key.to_vec()));
                return Ok(Some(piece));
            }
            piece.remove(table, key);
        }
        if let Some(note) = key::garbage(table, number) {
            piece.remove(Table::Meta, note);
        }
        Ok(Some(piece))
    }
}

fn first(view: &fjall::Snapshot, tables: &Tables) -> Result<Option<(Table, u64)>, Fault> {
    let (first, end) = key::all_garbage();
    let (from, to) = (Bound::Included(first), Bound::Excluded(end));
    let note = rows::keys(view, tables, Table::Meta, from, to).next();
    Ok(note.transpose()?.and_then(|key| key::parse_garbage(&key)))
}
