//! A look at the engine's journals before it opens them, after a crash.
//!
//! The engine reads a journal up to the first invalid entry. Some invalid entries it takes for the end, and drops
//! what follows without a word; at others it refuses to open. Neither fits what can have happened: a power cut
//! tears the last batch, which nobody was told of, and bit rot hits any. So: an invalid batch with a valid one
//! behind it is damage, and said; one with nothing valid behind it is torn, and cut off here.
//!
//! The journal's format is fjall 3's (its format version 3): `01 count:4 seqno:8`, so many entries, `03 xxh3:8
//! "FJL\3"`; an entry is `02 type compression keyspace:8 key:2 value:4 stored:4 key stored` or `04 keyspace:8`. The
//! checksum is over the entries. Room for more is zero bytes.
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    fs::{self, OpenOptions},
    io,
    ops::Range,
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const MAGIC: &[u8] = b"FJL\x03";

const START_LENGTH: usize = 1 + 4 + 8;
const ITEM_LENGTH: usize = 1 + 1 + 1 + 8 + 2 + 4 + 4;
const CLEAR_LENGTH: usize = 1 + 8;

/// Cuts off a batch that a crash tore. Returns the journal that is damaged, if one is.
pub(super) fn recover(engine: &Path) -> io::Result<Option<PathBuf>> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(engine)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| {
            let number = name.to_str()?.strip_suffix(".jnl")?;
            number.parse::<u64>().ok()
        });
        journals.extend(number.map(|number| (number, path)));
    }
    journals.sort();
    let active = journals.pop();
    let mut last = None;
    for (_, sealed) in journals {
        // Sealed journals were synced whole before the next was begun.
        if !matches!(inspect(&fs::read(&sealed)?, &mut last), State::Whole) {
            return Ok(Some(sealed));
        }
    }
    if let Some((_, active)) = active {
        match inspect(&fs::read(&active)?, &mut last) {
            State::Whole => {}
            State::Damaged => return Ok(Some(active)),
            State::Torn { end } => {
                let file = OpenOptions::new().write(true).open(&active)?;
                file.set_len(end as u64)?;
                file.sync_all()?;
            }
        }
    }
    Ok(None)
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Valid batches and zero bytes.
    Whole,
    /// Valid batches up to `end`, and nothing valid behind.
    Torn { end: usize },
    /// A valid batch behind an invalid one, or sequence numbers that do not grow.
    Damaged,
}

/// Inspects one journal; `last` is the last sequence number seen, in it or in those before. The engine writes them in
/// growing order but leaves them out of its checksum.
fn inspect(bytes: &[u8], last: &mut Option<u64>) -> State {
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let mut end = 0;
    while end < used {
        match batch(bytes, end) {
            Batch::Valid { seqno, .. } if *last >= Some(seqno) => return State::Damaged,
            Batch::Valid { seqno, end: next } => {
                *last = Some(seqno);
                end = next;
            }
            Batch::Invalid { shape_end } => {
                // Behind the whole of it when its shape is intact: its values may look like anything.
                let from = shape_end.unwrap_or(end + 1);
                let later = (from..used).any(|at| matches!(batch(bytes, at), Batch::Valid { .. }));
                return match later {
                    true => State::Damaged,
                    false => State::Torn { end },
                };
            }
        }
    }
    State::Whole
}

enum Batch {
    Valid {
        seqno: u64,
        end: usize,
    },
    Invalid {
        /// Where it ends, when only its checksum is wrong.
        shape_end: Option<usize>,
    },
}

fn batch(bytes: &[u8], at: usize) -> Batch {
    let Some((seqno, entries, checksum)) = shape(bytes, at) else {
        return Batch::Invalid { shape_end: None };
    };
    let end = entries.end + 1 + 8 + MAGIC.len();
    match xxh3_64(&bytes[entries]) == checksum {
        true => Batch::Valid { seqno, end },
        false => Batch::Invalid {
            shape_end: Some(end),
        },
    }
}

/// The sequence number of the batch at `at`, where its entries lie, and the checksum they should have.
fn shape(bytes: &[u8], at: usize) -> Option<(u64, Range<usize>, u64)> {
    let start = bytes.get(at..at.checked_add(START_LENGTH)?)?;
    let count = u32::from_le_bytes(*start[1..].first_chunk()?);
    let seqno = u64::from_le_bytes(*start[5..].first_chunk()?);
    if start[0] != START || count == 0 {
        return None;
    }
    let first = at + START_LENGTH;
    let mut next = first;
    for _ in 0..count {
        next = match *bytes.get(next)? {
            ITEM => {
                let item = bytes.get(next..next + ITEM_LENGTH)?;
                let key = u16::from_le_bytes(*item[11..].first_chunk()?);
                let stored = u32::from_le_bytes(*item[17..].first_chunk()?);
                let length = usize::try_from(stored).ok()?.checked_add(key.into())?;
                next.checked_add(ITEM_LENGTH)?.checked_add(length)?
            }
            CLEAR => next + CLEAR_LENGTH,
            _ => return None,
        };
    }
    let (tag, rest) = bytes.get(next..)?.split_first()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    (*tag == END && rest.starts_with(MAGIC))
        .then(|| (seqno, first..next, u64::from_le_bytes(*checksum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(seqno: u64, value: &[u8]) -> Vec<u8> {
        let mut item = vec![ITEM, 0, 0];
        item.extend(7_u64.to_le_bytes());
        item.extend(3_u16.to_le_bytes());
        let length = u32::try_from(value.len()).unwrap().to_le_bytes();
        item.extend(length);
        item.extend(length);
        item.extend(b"key");
        item.extend(value);
        let mut batch = vec![START];
        batch.extend(1_u32.to_le_bytes());
        batch.extend(seqno.to_le_bytes());
        batch.extend(&item);
        batch.push(END);
        batch.extend(xxh3_64(&item).to_le_bytes());
        batch.extend(MAGIC);
        batch
    }

    fn inspect(bytes: &[u8]) -> State {
        super::inspect(bytes, &mut None)
    }

    #[test]
    fn a_cut_or_holed_last_batch_is_torn_and_any_other_is_damage() {
        let (first, last) = (written(1, b"value one"), written(2, b"value two"));
        let journal = [&first[..], &last, &[0; 100]].concat();
        assert_eq!(inspect(&journal), State::Whole);
        assert_eq!(inspect(&[0; 64]), State::Whole);
        for cut in 1..last.len() {
            let mut torn = journal.clone();
            torn[first.len() + cut..].fill(0);
            assert_eq!(inspect(&torn), State::Torn { end: first.len() }, "{cut}");
            torn.truncate(first.len() + cut);
            assert_eq!(inspect(&torn), State::Torn { end: first.len() }, "{cut}");
        }
        for at in 0..first.len() {
            // The sequence number is not under the checksum; what counts is that it grows.
            let mut flipped = journal.clone();
            flipped[at] ^= 2;
            assert_eq!(inspect(&flipped), State::Damaged, "{at}");
        }
    }

    #[test]
    fn a_torn_batch_whose_value_looks_like_a_batch_is_still_torn() {
        let mut batch = written(1, &written(2, b"inner"));
        assert_eq!(inspect(&batch), State::Whole);
        batch[START_LENGTH + ITEM_LENGTH] ^= 1;
        assert_eq!(inspect(&batch), State::Torn { end: 0 });
    }
}
