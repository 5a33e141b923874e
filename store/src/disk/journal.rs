//! A look at the engine's journals before it opens them, after a crash.
//!
//! The engine reads a journal up to the first invalid entry. Some invalid entries it takes for the end, and drops
//! what follows without a word; at others it refuses to open. Neither fits what can have happened: a power cut
//! tears batches that were not stable yet, of which pages reach the disk in any order, and bit rot hits any. So: an
//! invalid batch with nothing valid behind it is torn, and cut off here. One with valid ones behind it is damage if it
//! was stable, which their stamps tell (or if they tell nothing); if not, all from there on is cut off.
//!
//! The journal's format is fjall 3's (its format version 3): `01 count:4 seqno:8`, so many entries, `03 xxh3:8
//! "FJL\3"`; an entry is `02 type compression keyspace:8 key:2 value:4 stored:4 key stored` or `04 keyspace:8`. The
//! checksum is over the entries. Room for more is zero bytes.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    files, inventory,
    key::{LAST_VERSION, Table},
    stamp::Stamp,
    value::unseal,
};

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const MAGIC: &[u8] = b"FJL\x03";

const START_LENGTH: usize = 1 + 4 + 8;
const ITEM_LENGTH: usize = 1 + 1 + 1 + 8 + 2 + 4 + 4;
const CLEAR_LENGTH: usize = 1 + 8;

/// Zero bytes at the end of a journal are looked for so many at a time.
const BLOCK: usize = 4096;

/// What was found.
#[derive(Debug)]
pub(super) enum Recovered {
    /// Valid batches, with at most the last one torn; that is cut off.
    Sound,
    /// A hole that a crash may explain is cut off, with the valid batches behind it.
    Torn(Torn),
    /// The journal at this path is damaged.
    Damaged(PathBuf),
}

/// What was cut off a journal: an invalid batch and valid ones behind it. Pages reach the disk in any order, so a power
/// cut leaves this of batches that were not stable yet; if one of them was, it is damage.
#[derive(Debug)]
pub(super) struct Torn {
    pub(super) path: PathBuf,
    at: u64,
    bytes: Vec<u8>,
    /// The highest number of a batch that a valid one behind the hole knew to be stable.
    pub(super) stable: u64,
}

impl Torn {
    /// Undoes the cut: what is damaged is left as it was found.
    pub(super) fn put_back(&self) -> io::Result<()> {
        let mut file = files::open_single(&self.path, OpenOptions::new().write(true))?;
        file.seek(SeekFrom::Start(self.at))?;
        file.write_all(&self.bytes)?;
        file.sync_all()
    }
}

/// The journals in the directory `engine`, oldest first.
pub(super) fn journals(engine: &Path) -> io::Result<Vec<PathBuf>> {
    let files = inventory::files(engine)?.into_iter();
    let numbered = files.filter_map(|file| {
        let number = file.path.strip_suffix(".jnl")?;
        Some((number.parse::<u64>().ok()?, file.at))
    });
    let mut journals: Vec<_> = numbered.collect();
    journals.sort();
    Ok(journals.into_iter().map(|(_, path)| path).collect())
}

/// The first journal in the directory `engine` with anything invalid in it.
pub(super) fn damaged(engine: &Path) -> io::Result<Option<PathBuf>> {
    let mut last = None;
    for journal in journals(engine)? {
        if inspect(&used(&journal)?, &mut last) != State::Whole {
            return Ok(Some(journal));
        }
    }
    Ok(None)
}

/// Looks through the journals of the engine in the directory `engine`, and cuts off what a crash tore.
pub(super) fn recover(engine: &Path) -> io::Result<Recovered> {
    let mut last = None;
    let mut journals = journals(engine)?.into_iter();
    let (path, bytes, state) = loop {
        let Some(path) = journals.next() else {
            return Ok(Recovered::Sound);
        };
        let bytes = used(&path)?;
        match inspect(&bytes, &mut last) {
            State::Whole => {}
            state => break (path, bytes, state),
        }
    };
    // A journal is synced whole before the next is begun. Only a write that failed leaves a part of a batch in it, and
    // nothing was written after that.
    let mut last_one = true;
    for later in journals {
        if !used(&later)?.is_empty() {
            return Ok(Recovered::Damaged(path));
        }
        last_one = false;
    }
    let (at, stable) = match state {
        State::Torn { end } => (end, None),
        State::Holed { end, stable } if last_one => (end, Some(stable)),
        _ => return Ok(Recovered::Damaged(path)),
    };
    let file = files::open_single(&path, OpenOptions::new().write(true))?;
    file.set_len(at as u64)?;
    file.sync_all()?;
    Ok(match stable {
        None => Recovered::Sound,
        Some(stable) => Recovered::Torn(Torn {
            path,
            at: at as u64,
            bytes: bytes[at..].to_vec(),
            stable,
        }),
    })
}

/// A journal without the zero bytes at its end. The engine makes room for tens of megabytes beforehand; the holes that
/// the file system keeps for them are not read.
fn used(path: &Path) -> io::Result<Vec<u8>> {
    used_of(path).map_err(|error| files::named(path, error))
}

fn used_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = files::open(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::new();
    let end = file.metadata()?.len();
    let mut at = 0;
    // A file system that knows of no holes says that all is data.
    while let Some(data) = after(&file, rustix::fs::SeekFrom::Data(at))? {
        let until = after(&file, rustix::fs::SeekFrom::Hole(data))?.unwrap_or(end);
        bytes.resize(usize::try_from(data).map_err(io::Error::other)?, 0);
        file.seek(SeekFrom::Start(data))?;
        (&file).take(until - data).read_to_end(&mut bytes)?;
        at = until;
    }
    while bytes.ends_with(&[0; BLOCK]) {
        bytes.truncate(bytes.len() - BLOCK);
    }
    let used = bytes.iter().rposition(|byte| *byte != 0);
    bytes.truncate(used.map_or(0, |at| at + 1));
    Ok(bytes)
}

fn after(file: &File, position: rustix::fs::SeekFrom) -> io::Result<Option<u64>> {
    match rustix::fs::seek(file, position) {
        Ok(found) => Ok(Some(found)),
        Err(rustix::io::Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Valid batches and zero bytes.
    Whole,
    /// Valid batches up to `end`, and nothing valid behind.
    Torn { end: usize },
    /// Valid batches up to `end`, an invalid one, and valid ones which, going by their stamps, a crash may have spared:
    /// the highest batch they knew to be stable is `stable`.
    Holed { end: usize, stable: u64 },
    /// An invalid batch that was stable, or sequence numbers that do not grow.
    Damaged,
}

/// Inspects one journal; `last` is the last sequence number seen, in it or in those before. The engine writes them in
/// growing order but leaves them out of its checksum.
fn inspect(bytes: &[u8], last: &mut Option<u64>) -> State {
    let mut end = 0;
    let mut newest = None;
    while bytes[end..].iter().any(|byte| *byte != 0) {
        match batch(bytes, end) {
            Batch::Valid { seqno, .. } if *last >= Some(seqno) => return State::Damaged,
            Batch::Valid {
                seqno,
                end: next,
                stamp,
            } => {
                *last = Some(seqno);
                newest = stamp.or(newest);
                end = next;
            }
            Batch::Invalid { shape_end } => {
                // Behind the whole of it when its shape is intact: its values may look like anything.
                let from = shape_end.unwrap_or(end + 1);
                return hole(bytes, end, from, newest);
            }
        }
    }
    State::Whole
}

/// What an invalid batch at `end` means, going by the valid ones from `from` on; `newest` is the newest stamp before it.
fn hole(bytes: &[u8], end: usize, from: usize, newest: Option<Stamp>) -> State {
    let mut at = from;
    let mut stable = None;
    while at < bytes.len() {
        let Batch::Valid {
            stamp, end: next, ..
        } = batch(bytes, at)
        else {
            at += 1;
            continue;
        };
        at = next;
        // One that tells nothing: by the engine itself or of format 1.
        let Some(stamp) = stamp else {
            return State::Damaged;
        };
        if newest.is_some_and(|newest| stamp.stable > newest.batch) {
            return State::Damaged;
        }
        stable = stable.max(Some(stamp.stable));
    }
    match stable {
        None => State::Torn { end },
        Some(stable) => State::Holed { end, stable },
    }
}

enum Batch {
    Valid {
        seqno: u64,
        end: usize,
        stamp: Option<Stamp>,
    },
    Invalid {
        /// Where it ends, when only its checksum is wrong.
        shape_end: Option<usize>,
    },
}

fn batch(bytes: &[u8], at: usize) -> Batch {
    let Some(shape) = shape(bytes, at) else {
        return Batch::Invalid { shape_end: None };
    };
    let end = shape.entries.end + 1 + 8 + MAGIC.len();
    match xxh3_64(&bytes[shape.entries]) == shape.checksum {
        true => Batch::Valid {
            seqno: shape.seqno,
            end,
            stamp: shape.stamp.and_then(|value| stamp(&bytes[value])),
        },
        false => Batch::Invalid {
            shape_end: Some(end),
        },
    }
}

fn stamp(value: &[u8]) -> Option<Stamp> {
    let payload = unseal(Table::Meta, LAST_VERSION, Bytes::copy_from_slice(value)).ok()?;
    // Format 1 did not number batches.
    Stamp::decode(&payload).filter(|stamp| stamp.batch > 0)
}

/// A batch as far as it can be told without its checksum.
struct Shape {
    seqno: u64,
    /// Where its entries lie.
    entries: Range<usize>,
    /// The checksum they should have.
    checksum: u64,
    /// Where the value of its stamp lies.
    stamp: Option<Range<usize>>,
}

fn shape(bytes: &[u8], at: usize) -> Option<Shape> {
    let start = bytes.get(at..at.checked_add(START_LENGTH)?)?;
    let count = u32::from_le_bytes(*start[1..].first_chunk()?);
    let seqno = u64::from_le_bytes(*start[5..].first_chunk()?);
    if start[0] != START || count == 0 {
        return None;
    }
    let first = at + START_LENGTH;
    let mut next = first;
    let mut stamp = None;
    for _ in 0..count {
        next = match *bytes.get(next)? {
            ITEM => {
                let item = bytes.get(next..next.checked_add(ITEM_LENGTH)?)?;
                let key = u16::from_le_bytes(*item[11..].first_chunk()?);
                let stored = u32::from_le_bytes(*item[17..].first_chunk()?);
                let value = (next + ITEM_LENGTH).checked_add(key.into())?;
                let end = value.checked_add(usize::try_from(stored).ok()?)?;
                // Only a stamp is under this key: those of other tables have a zero byte or begin with an object number,
                // which is never as high as these letters.
                if bytes.get(next + ITEM_LENGTH..value)? == LAST_VERSION {
                    stamp = Some(value..end);
                }
                end
            }
            CLEAR => next + CLEAR_LENGTH,
            _ => return None,
        };
    }
    let (tag, rest) = bytes.get(next..)?.split_first()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    (*tag == END && rest.starts_with(MAGIC)).then(|| Shape {
        seqno,
        entries: first..next,
        checksum: u64::from_le_bytes(*checksum),
        stamp,
    })
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make files in their own temporary directories"
)]
mod tests {
    use super::{super::value::seal, *};

    fn written(seqno: u64, value: &[u8]) -> Vec<u8> {
        batch_of(seqno, &[(b"key", value)])
    }

    /// A batch with a stamp.
    fn stamped(seqno: u64, batch: u64, stable: u64) -> Vec<u8> {
        let stamp = Stamp {
            last: 0,
            batch,
            stable,
        };
        let value = seal(LAST_VERSION, stamp.encode());
        batch_of(seqno, &[(b"key", b"value"), (LAST_VERSION, &value)])
    }

    fn batch_of(seqno: u64, rows: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut item = Vec::new();
        for (key, value) in rows {
            item.extend([ITEM, 0, 0]);
            item.extend(7_u64.to_le_bytes());
            item.extend(u16::try_from(key.len()).unwrap().to_le_bytes());
            let length = u32::try_from(value.len()).unwrap().to_le_bytes();
            item.extend(length);
            item.extend(length);
            item.extend(*key);
            item.extend(*value);
        }
        let mut batch = vec![START];
        batch.extend(u32::try_from(rows.len()).unwrap().to_le_bytes());
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

    /// The engine promises nothing of its journal. A release that writes another one must fail here before it loses anything.
    #[test]
    fn a_journal_that_the_engine_just_wrote_has_the_layout_this_module_reads() {
        let directory = tempfile::tempdir().unwrap();
        let database = fjall::Database::builder(directory.path()).open().unwrap();
        let table = database.keyspace("table", Default::default).unwrap();
        let mut rows = database.batch();
        rows.insert(&table, b"key", b"value");
        rows.remove(&table, b"gone");
        rows.commit().unwrap();
        drop((table, database));

        let found = journals(directory.path()).unwrap();
        let [journal] = &found[..] else {
            panic!("one journal, not {found:?}");
        };
        let bytes = used(journal).unwrap();
        let (mut at, mut last) = (0, 0);
        while at < bytes.len() {
            let Batch::Valid { end, .. } = batch(&bytes, at) else {
                panic!("no batch at {at} of {bytes:x?}");
            };
            (last, at) = (at, end);
        }
        let batch = &bytes[last..];
        let (start, rest) = batch.split_at(START_LENGTH);
        assert_eq!(start[..5], [1, 2, 0, 0, 0], "a batch of two entries");
        let (entries, end) = rest.split_at(rest.len() - 13);
        assert_eq!(end[0], 3);
        assert_eq!(end[1..9], xxh3_64(entries).to_le_bytes());
        assert_eq!(end[9..], *b"FJL\x03");
        let keyspace = &entries[3..11];
        let value = [
            &[2, 0, 0],
            keyspace,
            &[3, 0, 5, 0, 0, 0, 5, 0, 0, 0],
            b"keyvalue",
        ];
        let tombstone = [
            &[2, 1, 0],
            keyspace,
            &[4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            b"gone",
        ];
        assert_eq!(entries, [value.concat(), tombstone.concat()].concat());
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

    #[test]
    fn a_hole_is_torn_unless_what_follows_knew_it_to_be_stable() {
        let holed = |second: Vec<u8>, third: Vec<u8>| {
            let first = stamped(1, 10, 9);
            let mut journal = [&first[..], &second, &third].concat();
            journal[first.len() + 20] ^= 1;
            (inspect(&journal), first.len())
        };
        let (state, end) = holed(stamped(2, 11, 10), stamped(3, 12, 10));
        assert_eq!(state, State::Holed { end, stable: 10 });
        let (state, _) = holed(stamped(2, 11, 10), stamped(3, 12, 11));
        assert_eq!(state, State::Damaged);
        // Of several behind it one that knew is enough, and one that tells nothing is.
        let (state, _) = holed(
            stamped(2, 11, 10),
            [stamped(3, 12, 10), stamped(4, 13, 12)].concat(),
        );
        assert_eq!(state, State::Damaged);
        let (state, _) = holed(
            stamped(2, 11, 10),
            [stamped(3, 12, 10), written(4, b"v")].concat(),
        );
        assert_eq!(state, State::Damaged);
        // At the start of a journal only the tables know what came before.
        let mut journal = [stamped(2, 11, 10), stamped(3, 12, 11)].concat();
        journal[20] ^= 1;
        assert_eq!(inspect(&journal), State::Holed { end: 0, stable: 11 });
    }

    #[test]
    fn what_is_used_of_a_journal_is_found_whatever_holes_it_has() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.jnl");
        let file = File::create(&path).unwrap();
        for (length, pieces) in [
            (0, &[][..]),
            (64 << 20, &[]),
            (64 << 20, &[(0, 3)]),
            (64 << 20, &[(0, 4096), (1 << 20, 5000)]),
            (12_288, &[(4096, 4096)]),
            (5000, &[(0, 5000)]),
        ] {
            file.set_len(0).unwrap();
            file.set_len(length).unwrap();
            let mut expected = Vec::new();
            for (at, bytes) in pieces {
                std::os::unix::fs::FileExt::write_all_at(&file, &vec![7; *bytes], *at).unwrap();
                expected.resize(usize::try_from(*at).unwrap(), 0);
                expected.extend(vec![7; *bytes]);
            }
            assert_eq!(used(&path).unwrap(), expected);
        }
    }
}
