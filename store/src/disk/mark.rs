//! The mark of a clean close: where the store ended, and what its engine's files were.
//!
//! The engine checks its journal and its tables itself, but takes a journal cut short for a crash, and trusts its
//! small files. After a clean close there was no crash, so both are checked here.
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Files up to this size are compared byte for byte, by checksum; of larger ones, tables and journals with
/// checksums of their own, only the length.
const SMALL: u64 = 256 << 10;

/// What a clean close leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The last version given.
    pub(super) version: u64,
    /// The engine's files, by path; empty when the engine was still in use by a snapshot.
    pub(super) files: Vec<FileMark>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileMark {
    /// Relative to the engine's directory, parts joined by `/`.
    path: String,
    length: u64,
    /// CRC-32C of a small file, 0 of a large one.
    checksum: u32,
}

impl Mark {
    /// `version`, then for each file the length of its path, the path, its length and its checksum; numbers are
    /// little-endian.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut payload = self.version.to_le_bytes().to_vec();
        for file in &self.files {
            let length = u32::try_from(file.path.len()).unwrap_or(u32::MAX);
            payload.extend_from_slice(&length.to_le_bytes());
            payload.extend_from_slice(file.path.as_bytes());
            payload.extend_from_slice(&file.length.to_le_bytes());
            payload.extend_from_slice(&file.checksum.to_le_bytes());
        }
        payload
    }

    pub(super) fn decode(mut payload: &[u8]) -> Option<Mark> {
        let version = u64::from_le_bytes(*take(&mut payload)?);
        let mut files = Vec::new();
        while !payload.is_empty() {
            let length = usize::try_from(u32::from_le_bytes(*take(&mut payload)?)).ok()?;
            let path = payload.get(..length)?;
            payload = &payload[length..];
            files.push(FileMark {
                path: str::from_utf8(path).ok()?.to_owned(),
                length: u64::from_le_bytes(*take(&mut payload)?),
                checksum: u32::from_le_bytes(*take(&mut payload)?),
            });
        }
        Some(Mark { version, files })
    }

    /// The first file that is not what it was; `None` when all are.
    pub(super) fn changed(&self, engine: &Path) -> io::Result<Option<String>> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let now = files(engine)?;
        let differs = |file: &&FileMark| !now.contains(file);
        if let Some(file) = self.files.iter().find(differs) {
            return Ok(Some(file.path.clone()));
        }
        let known = |file: &&FileMark| !self.files.contains(file);
        Ok(now.iter().find(known).map(|file| file.path.clone()))
    }
}

fn take<'a, const N: usize>(payload: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = payload.split_first_chunk()?;
    *payload = rest;
    Some(first)
}

/// What the files under `engine` are now, by path.
pub(super) fn files(engine: &Path) -> io::Result<Vec<FileMark>> {
    let mut found = Vec::new();
    walk(engine, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Makes the files under `directory` stable, content and names: the engine leaves the removal of old ones unsynced, and
/// what it was writing when a call failed. A mark may describe only what a power cut leaves as it is.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(directory)?.sync_all()
}

fn walk(directory: &Path, prefix: &str, found: &mut Vec<FileMark>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = format!("{prefix}{}", name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
            continue;
        }
        let length = entry.metadata()?.len();
        let checksum = match length {
            0..=SMALL => crc32c::crc32c(&fs::read(entry.path())?),
            _ => 0,
        };
        found.push(FileMark {
            path,
            length,
            checksum,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_misses_no_change() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("sub")).unwrap();
        fs::write(path("sub/small"), "content").unwrap();
        fs::write(path("large"), vec![1; 300 << 10]).unwrap();
        let mark = Mark {
            version: 7,
            files: files(directory.path()).unwrap(),
        };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark.clone()));
        assert_eq!(Mark::decode(&mark.encode()[..20]), None);
        let changed = || mark.changed(directory.path()).unwrap();
        assert_eq!(changed(), None);

        fs::write(path("sub/small"), "Content").unwrap();
        assert_eq!(changed().as_deref(), Some("sub/small"));
        fs::write(path("sub/small"), "content").unwrap();
        fs::write(path("large"), vec![1; 299 << 10]).unwrap();
        assert_eq!(changed().as_deref(), Some("large"));
        fs::write(path("large"), vec![1; 300 << 10]).unwrap();
        fs::write(path("new"), "").unwrap();
        assert_eq!(changed().as_deref(), Some("new"));
        fs::remove_file(path("new")).unwrap();
        fs::remove_file(path("large")).unwrap();
        assert_eq!(changed().as_deref(), Some("large"));
    }
}
