//! The mark of a clean close: where the store ended, and what its engine's files were.
//!
//! The engine checks its journal and its tables itself, but takes a journal cut short for a crash, and trusts its
//! small files. After a clean close there was no crash, so both are checked here.
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use super::{
    files,
    inventory::{self, EngineFile},
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

/// A file that is not what the mark says, by its path below the engine's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Differs(String),
    Gone(String),
    New(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    pub(super) fn changed(&self, engine: &Path) -> io::Result<Option<Changed>> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let now = files(engine)?;
        let has = |files: &[FileMark], path: &str| files.iter().any(|file| file.path == path);
        // Releases before this one noted every file there was, those of others too.
        let mut noted = self
            .files
            .iter()
            .filter(|file| inventory::keeps(&file.path));
        if let Some(file) = noted.find(|file| !now.contains(file)) {
            let path = file.path.clone();
            return Ok(Some(match has(&now, &path) {
                true => Changed::Differs(path),
                false => Changed::Gone(path),
            }));
        }
        let new = now.iter().find(|file| !has(&self.files, &file.path));
        Ok(new.map(|file| Changed::New(file.path.clone())))
    }
}

fn take<'a, const N: usize>(payload: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = payload.split_first_chunk()?;
    *payload = rest;
    Some(first)
}

/// What the engine's files are now, by path.
pub(super) fn files(engine: &Path) -> io::Result<Vec<FileMark>> {
    let found = inventory::files(engine)?;
    let found = found
        .into_iter()
        .filter(|file| inventory::keeps(&file.path));
    found
        .map(|EngineFile { path, at }| {
            let length = fs::symlink_metadata(&at)
                .map_err(|error| files::named(&at, error))?
                .len();
            let checksum = match length {
                0..=SMALL => crc32c::crc32c(&files::read(&at)?),
                _ => 0,
            };
            Ok(FileMark {
                path,
                length,
                checksum,
            })
        })
        .collect()
}

/// Makes the engine's files stable, content and names: the engine leaves the removal of old ones unsynced, and
/// what it was writing when a call failed. A mark may describe only what a power cut leaves as it is. What is as it was
/// in `stable`, an earlier mark, is stable already; a journal may look so and be written in place. Returns what they are.
pub(super) fn sync(engine: &Path, stable: &[FileMark]) -> io::Result<Vec<FileMark>> {
    let found = files(engine)?;
    let (now, stable): (BTreeSet<_>, BTreeSet<_>) =
        (found.iter().collect(), stable.iter().collect());
    for file in &found {
        if !stable.contains(file) || file.path.ends_with(".jnl") {
            let at = engine.join(&file.path);
            files::open(&at, OpenOptions::new().read(true))?
                .sync_all()
                .map_err(|error| files::named(&at, error))?;
        }
    }
    let mut directories = BTreeSet::new();
    // What came, went or was replaced by another of its name.
    for file in now.symmetric_difference(&stable) {
        let at = engine.join(&file.path);
        let parents = at.ancestors().skip(1);
        let below = parents.take_while(|parent| parent.starts_with(engine));
        directories.extend(below.map(Path::to_owned));
    }
    directories
        .iter()
        .try_for_each(|directory| files::sync_directory(directory))?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_misses_no_change() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir_all(path("keyspaces/1")).unwrap();
        fs::write(path("keyspaces/1/current"), "content").unwrap();
        fs::write(path("0.jnl"), vec![1; 300 << 10]).unwrap();
        fs::write(path("lock"), "").unwrap();
        let mark = Mark {
            version: 7,
            files: files(directory.path()).unwrap(),
        };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark.clone()));
        assert_eq!(Mark::decode(&mark.encode()[..20]), None);
        let changed = || mark.changed(directory.path()).unwrap();
        assert_eq!(changed(), None);

        let small = "keyspaces/1/current";
        fs::write(path(small), "Content").unwrap();
        assert_eq!(changed(), Some(Changed::Differs(small.into())));
        fs::write(path(small), "content").unwrap();
        fs::write(path("0.jnl"), vec![1; 299 << 10]).unwrap();
        assert_eq!(changed(), Some(Changed::Differs("0.jnl".into())));
        fs::write(path("0.jnl"), vec![1; 300 << 10]).unwrap();
        fs::write(path("1.jnl"), "").unwrap();
        assert_eq!(changed(), Some(Changed::New("1.jnl".into())));
        fs::remove_file(path("1.jnl")).unwrap();
        fs::remove_file(path("0.jnl")).unwrap();
        assert_eq!(changed(), Some(Changed::Gone("0.jnl".into())));
        fs::write(path("0.jnl"), vec![1; 300 << 10]).unwrap();
        // What nobody needs may come and go.
        fs::remove_file(path("lock")).unwrap();
        fs::write(path(".DS_Store"), "").unwrap();
        assert_eq!(changed(), None);
    }
}
