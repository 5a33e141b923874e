//! Compiled classes kept from one process to the next.
//!
//! An entry is believed because of where it lies: in our own directory, which nobody else can enter, in our own file, which
//! nobody else can write. Its digest tells a torn entry, its key one that was given another's name.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use objclass::Digest;
use sandbox::{FileRefused, PrivateDir};

/// What entries begin with; another format has another.
const MAGIC: &[u8; 16] = b"radula-wasm-0001";

const KEY: usize = 32;
const HEAD: usize = MAGIC.len() + 2 * KEY;

/// The largest entry believed, and what all together may take.
const MAX_ENTRY: u64 = 128 << 20;
const MAX_ALL: u64 = 256 << 20;

/// A file that is written for longer than this is nobody's any more.
const UNFINISHED_AGE: Duration = Duration::from_secs(3600);

/// What an entry is found by: the module, and the engine it was compiled for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key([u8; KEY]);

impl Key {
    fn file_name(&self) -> String {
        format!("{}.code", Digest(self.0))
    }
}

/// The key of module `digest` for the engine with `fingerprint`, which holds its version, its settings and the processor.
pub(super) fn key(digest: &Digest, fingerprint: &[u8; 32]) -> Key {
    let mut hasher = blake3::Hasher::new_derive_key("radula runtime-wasm 1 cache key");
    hasher.update(&digest.0).update(fingerprint);
    Key(*hasher.finalize().as_bytes())
}

/// The directory of entries.
#[derive(Debug)]
pub(super) struct Cache {
    dir: PrivateDir,
}

impl Cache {
    /// The cache at `path`. None when the directory is not ours alone: compiling again is slow, believing it is not safe.
    pub(super) fn open(path: &Path) -> Option<Cache> {
        match PrivateDir::open_or_create(path) {
            Ok(dir) => Some(Cache { dir }),
            Err(refused) => {
                tracing::warn!("compiled classes are not kept: {refused}");
                None
            }
        }
    }

    /// The code under `key`.
    pub(super) fn get(&self, key: &Key) -> Option<Bytes> {
        let name = key.file_name();
        let file = match self.dir.read(&name, MAX_ENTRY) {
            Ok(file) => file,
            Err(FileRefused::Missing { .. }) => return None,
            Err(refused) => {
                tracing::warn!("a compiled class is not used, and made anew: {refused}");
                return None;
            }
        };
        let code = believed(&file.bytes, key);
        if code.is_none() {
            tracing::warn!(
                "a compiled class is not used, and made anew: {} is damaged",
                file.path.display()
            );
        }
        // Only says what to keep when there are too many; it does not matter that a read-only disk refuses.
        let _ = self.dir.touch(&name);
        code
    }

    /// Keeps `code` under `key`. What cannot be kept is made again next time.
    pub(super) fn put(&self, key: &Key, code: &[u8]) {
        let digest = blake3::hash(code);
        let pieces: [&[u8]; 4] = [MAGIC, &key.0, digest.as_bytes(), code];
        if let Err(error) = self.dir.write(&key.file_name(), &pieces) {
            tracing::warn!("a compiled class is not kept: {error}");
        }
        self.shrink(MAX_ALL);
    }

    /// Removes the entries that were not used for longest, until all together take at most `most` bytes.
    fn shrink(&self, most: u64) {
        let Ok(mut entries) = self.dir.entries() else {
            return;
        };
        let now = SystemTime::now();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        let mut kept = 0_u64;
        for entry in entries {
            let age = now.duration_since(entry.used).unwrap_or_default();
            let is_left_over = entry.is_unfinished && age > UNFINISHED_AGE;
            kept = kept.saturating_add(entry.size);
            if is_left_over || (kept > most && !entry.is_unfinished) {
                let _ = self.dir.remove(&entry.name);
            }
        }
    }
}

/// The code of an entry that is whole and has its own name.
fn believed(entry: &Bytes, key: &Key) -> Option<Bytes> {
    let code = entry.get(HEAD..)?;
    let is_ours = entry[..16] == MAGIC[..]
        && entry[16..16 + KEY] == key.0
        && entry[16 + KEY..HEAD] == *blake3::hash(code).as_bytes();
    is_ours.then(|| entry.slice(HEAD..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: u8) -> Key {
        key(&Digest([number; 32]), &[0; 32])
    }

    #[test]
    fn an_entry_is_found_by_module_and_engine() {
        let scratch = tempfile::tempdir().unwrap();
        let cache = Cache::open(&scratch.path().join("c")).unwrap();
        cache.put(&numbered(1), b"code");
        assert_eq!(cache.get(&numbered(1)).unwrap(), "code");
        assert_eq!(cache.get(&numbered(2)), None);
        assert_ne!(key(&Digest([1; 32]), &[1; 32]), numbered(1));
    }

    #[test]
    fn entries_of_another_name_torn_ones_and_noise_are_not_believed() {
        let key = numbered(1);
        let code = b"code";
        let whole = [&MAGIC[..], &key.0, blake3::hash(code).as_bytes(), code].concat();
        assert_eq!(believed(&whole.clone().into(), &key).unwrap(), "code");
        assert_eq!(believed(&whole.clone().into(), &numbered(2)), None);
        for length in 0..whole.len() {
            let torn = Bytes::copy_from_slice(&whole[..length]);
            assert_eq!(believed(&torn, &key), None, "{length}");
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert_eq!(believed(&flipped.into(), &key), None, "{at}");
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("c");
        let cache = Cache::open(&path).unwrap();
        for number in 0..4 {
            cache.put(&numbered(number), &[0; 1000]);
            let file = path.join(numbered(number).file_name());
            let old = SystemTime::now() - Duration::from_secs(100 - u64::from(number));
            #[expect(clippy::disallowed_methods, reason = "makes a file old")]
            let file = std::fs::File::open(file).unwrap();
            file.set_modified(old).unwrap();
        }
        assert!(cache.get(&numbered(0)).is_some(), "used just now");
        cache.shrink(2_500);
        let left: Vec<_> = (0..4).map(|n| cache.get(&numbered(n)).is_some()).collect();
        assert_eq!(left, [true, false, false, true]);
    }
}
