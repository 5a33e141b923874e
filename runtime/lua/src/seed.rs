//! Seeds of a state: what its hashes are keyed with, and where `math.random` begins.

use std::{
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

use objclass::Digest;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeds {
    /// What the keys of all hashes are derived from. Secret and new in every process, so that nobody can choose keys
    /// that collide; the same for all states of a process, so that they behave alike.
    pub(crate) hashes: [u64; 2],
    /// Start of `math.random`, in every call. From the module's digest: the same on every machine, because
    /// a method that draws numbers must answer alike wherever it runs. It is no source of secrets.
    pub(crate) random: u64,
}

impl Seeds {
    /// The seeds of states made from the module with this digest.
    pub(crate) fn of(digest: &Digest) -> Seeds {
        static HASHES: OnceLock<[u64; 2]> = OnceLock::new();
        let hashes = *HASHES.get_or_init(|| {
            // The standard library's hasher is keyed by the system's random source.
            [
                RandomState::new().hash_one(0_u8),
                RandomState::new().hash_one(1_u8),
            ]
        });
        let mut random = [0; 8];
        random.copy_from_slice(&digest.0[..8]);
        Seeds {
            hashes,
            random: u64::from_le_bytes(random),
        }
    }
}
