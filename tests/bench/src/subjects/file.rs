//! Floors of a store: the bytes in one file, without names, checksums or versions.

use std::{collections::BTreeMap, fs::File, io::Read as _, os::unix::fs::FileExt as _, path::Path};

use crate::{
    model::Failure,
    world::{RECORD, object_name, record},
};

/// One file of pieces of one size.
#[derive(Debug)]
pub struct Pieces {
    file: File,
    size: usize,
    count: u64,
}

impl Pieces {
    /// A file of `count` pieces of `size` bytes, on disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(path: &Path, size: usize, count: u64) -> Result<Self, Failure> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let pieces = Self { file, size, count };
        let piece = vec![1; size];
        for number in 0..count {
            pieces.file.write_all_at(&piece, pieces.at(number))?;
        }
        pieces.file.sync_all()?;
        Ok(pieces)
    }

    /// The bytes of a piece.
    ///
    /// # Errors
    /// The system cannot read them.
    pub fn read(&self, random: u64) -> Result<Vec<u8>, Failure> {
        let mut piece = vec![0; self.size];
        self.file.read_exact_at(&mut piece, self.at(random))?;
        Ok(piece)
    }

    /// Writes over a piece, on disk when it returns.
    ///
    /// # Errors
    /// The disk fails.
    pub fn write(&self, random: u64, piece: &[u8]) -> Result<(), Failure> {
        self.file.write_all_at(piece, self.at(random))?;
        self.file.sync_data()?;
        Ok(())
    }

    fn at(&self, random: u64) -> u64 {
        random % self.count * self.size as u64
    }
}

/// Writes a log with `count` records, each after its name, as [`Log`](super::log::Log) has them.
///
/// # Errors
/// It cannot be written.
pub fn write_log(path: &Path, count: u64) -> Result<(), Failure> {
    let mut log = Vec::new();
    for number in 0..count {
        log.extend_from_slice(object_name(number).as_bytes());
        log.extend_from_slice(&record());
    }
    Ok(std::fs::write(path, log)?)
}

/// The map that a log describes.
///
/// # Errors
/// It cannot be read, or is none.
pub fn read_log(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut log = Vec::new();
    File::open(path)?.read_to_end(&mut log)?;
    let name = object_name(0).len();
    let mut map = BTreeMap::new();
    for entry in log.chunks(name + RECORD) {
        let (name, data) = entry.split_at_checked(name).ok_or("half an entry")?;
        map.insert(std::str::from_utf8(name)?.to_owned(), data.to_vec());
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let pieces = Pieces::new(&directory.path().join("pieces"), 10, 3).unwrap();
        pieces.write(4, &[2; 10]).unwrap();
        assert_eq!(pieces.read(1).unwrap(), [2; 10]);
        assert_eq!(pieces.read(2).unwrap(), [1; 10]);
        let log = directory.path().join("log");
        write_log(&log, 12).unwrap();
        let map = read_log(&log).unwrap();
        assert_eq!(map.len(), 12);
        assert_eq!(map[&object_name(11)], record());
    }
}
