//! What a file holds, in pages that copies share.

use std::{
    collections::BTreeMap, fs::File, io, ops::Range, os::unix::fs::FileExt as _, path::Path,
    sync::Arc,
};

use rustix::{
    fs::{SeekFrom, seek},
    io::Errno,
};

/// Bytes of a page: what reaches a disk at once or not at all.
pub(crate) const PAGE: u64 = 4096;
const PAGE_BYTES: usize = 4096;

/// Bytes; a page that is not there is zero bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    length: u64,
    pages: BTreeMap<u64, Arc<[u8; PAGE_BYTES]>>,
}

impl Content {
    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        let mut done = 0;
        for (start, length) in pieces(at, bytes.len(), PAGE) {
            let page = self
                .pages
                .entry(start / PAGE)
                .or_insert_with(|| Arc::new([0; PAGE_BYTES]));
            let within = within(start);
            Arc::make_mut(page)[within..within + length]
                .copy_from_slice(&bytes[done..done + length]);
            done += length;
        }
        self.length = self.length.max(at + bytes.len() as u64);
    }

    pub(crate) fn truncate(&mut self, length: u64) {
        if length < self.length {
            self.pages.split_off(&length.div_ceil(PAGE));
            if let Some(page) = self.pages.get_mut(&(length / PAGE)) {
                Arc::make_mut(page)[within(length)..].fill(0);
            }
        }
        self.length = length;
    }

    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.length)?;
        // Neighbours go in one call.
        let mut run: Vec<u8> = Vec::new();
        let mut start = 0;
        for (number, page) in &self.pages {
            if start + run.len() as u64 != number * PAGE {
                file.write_all_at(&run, start)?;
                run.clear();
                start = number * PAGE;
            }
            let left = usize::try_from(self.length - number * PAGE).unwrap_or(usize::MAX);
            run.extend_from_slice(&page[..left.min(PAGE_BYTES)]);
        }
        file.write_all_at(&run, start)
    }

    /// Whether this is what the file at `path` holds. What is a hole in both is not read: there are journals of 64 MB
    /// with a few KB in them.
    pub(crate) fn is_that_of(&self, path: &Path) -> io::Result<bool> {
        let file = File::open(path)?;
        if file.metadata()?.len() != self.length {
            return Ok(false);
        }
        let numbers = |range: &Range<u64>| range.start / PAGE..range.end.div_ceil(PAGE);
        let stretches = stretches(&file, self.length)?;
        let read = stretches.iter().flat_map(numbers);
        let kept = self.pages.keys().copied();
        let mut found = [0; PAGE_BYTES];
        for number in read.chain(kept) {
            let at = number * PAGE;
            let length =
                usize::try_from(self.length - at).map_or(PAGE_BYTES, |left| left.min(PAGE_BYTES));
            file.read_exact_at(&mut found[..length], at)?;
            let same = match self.pages.get(&number) {
                Some(page) => page[..length] == found[..length],
                None => found[..length].iter().all(|byte| *byte == 0),
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The bytes, however many they are.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.length).unwrap_or(usize::MAX)];
        for (number, page) in &self.pages {
            let start = usize::try_from(number * PAGE).unwrap_or(usize::MAX);
            let end = bytes.len().min(start + PAGE_BYTES);
            bytes[start..end].copy_from_slice(&page[..end - start]);
        }
        bytes
    }
}

/// Where a file is no hole.
fn stretches(file: &File, length: u64) -> io::Result<Vec<Range<u64>>> {
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < length {
        let start = match seek(file, SeekFrom::Data(at)) {
            Err(Errno::NXIO) => break,
            found => found?,
        };
        at = seek(file, SeekFrom::Hole(start))?;
        stretches.push(start..at);
    }
    Ok(stretches)
}

/// `length` bytes from `at` on, cut at the multiples of `unit`: where each piece begins and how long it is.
pub(crate) fn pieces(at: u64, length: usize, unit: u64) -> impl Iterator<Item = (u64, usize)> {
    let mut start = at;
    let end = at + length as u64;
    std::iter::from_fn(move || {
        let next = ((start / unit + 1) * unit).min(end);
        let piece = (start, usize::try_from(next - start).unwrap_or(usize::MAX));
        start = next;
        (piece.1 > 0).then_some(piece)
    })
}

fn within(at: u64) -> usize {
    usize::try_from(at % PAGE).unwrap_or_default()
}
