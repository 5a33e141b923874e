//! A check of the configured store, object by object, without opening an engine on it; and repairs.

use std::fmt;

use objclass::ObjectId;

use crate::{
    config::{Config, StorePlace},
    open::{OpenError, disk},
};

/// What a check of a store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreCheck {
    /// Objects looked at.
    pub objects: u64,
    /// Bytes of data they say they have.
    pub bytes: u64,
    /// What is wrong, at most a thousand things.
    pub problems: Vec<StoreProblem>,
    /// How many things are wrong.
    pub problem_count: u64,
    /// How many of them were made right, with nothing lost.
    pub repaired: u64,
}

impl StoreCheck {
    /// Whether nothing is wrong, or nothing is any more and nothing was lost.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.repaired == self.problem_count
    }
}

/// One thing that is wrong with a store. Its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreProblem {
    /// The object it concerns, when that is known.
    pub object: Option<ObjectId>,
    /// What is wrong.
    pub what: String,
    /// What became of it: `found`, `repaired`, `moved`, `removed` or `left`.
    pub outcome: &'static str,
    /// Where what is left of the object was moved.
    pub moved_to: Option<ObjectId>,
    pub(crate) line: String,
}

impl fmt::Display for StoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// What a check does about what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreRepair {
    /// Nothing.
    #[default]
    Nothing,
    /// Makes right what the rows tell and moves what they do not to pool `lost+found`.
    MoveAside,
    /// As [`MoveAside`](StoreRepair::MoveAside), but removes what would be moved.
    RemoveDamaged,
}

/// Checks every checksum, every count and the owner of every row of the store `config` names. Changes no object; needs
/// the store for itself and waits for it as opening does.
///
/// # Errors
/// The store does not open, or is not on disk.
pub fn fsck(config: &Config) -> Result<StoreCheck, OpenError> {
    fsck_with(config, StoreRepair::Nothing, &mut |_, _| {})
}

/// As [`fsck`], with repairs. `progress` is told every thousand objects how many were looked at, and of how many.
///
/// # Errors
/// As [`fsck`].
pub fn fsck_with(
    config: &Config,
    repair: StoreRepair,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<StoreCheck, OpenError> {
    match config.store() {
        StorePlace::Memory => Err(OpenError::NothingOnDisk),
        StorePlace::Disk(path) => disk::fsck(&path, config, repair, progress),
        StorePlace::Cluster(_) => Err(OpenError::NotHere),
    }
}
