//! A check of a whole store, object by object, and what can soundly be done about what it finds.

mod check;
mod repair;

use std::{fmt, path::Path};

use objclass::ObjectId;

use self::check::Check;
use super::{DiskOptions, DiskStore};
use crate::OpenStoreError;

/// The pool damaged objects are moved to.
pub const LOST_AND_FOUND: &str = "lost+found";

/// Most problems a report spells out; more are only counted, so that a ruined store does not fill memory.
const SPELLED_OUT: usize = 1000;

/// What to do about what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: no object is changed.
    #[default]
    Nothing,
    /// What the rows tell is made right. What they do not is moved to pool [`LOST_AND_FOUND`], as it is: no byte of an
    /// object is dropped or made up.
    MoveAside,
    /// As [`MoveAside`](Repair::MoveAside), but what would be moved is removed, and so is what is damaged there already.
    RemoveDamaged,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsckProgress {
    /// Objects looked at.
    pub objects: u64,
    /// Objects the store says it has.
    pub of: u64,
}

/// What [`fsck`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FsckReport {
    /// Objects looked at.
    pub objects: u64,
    /// Bytes of data they say they have.
    pub bytes: u64,
    /// What is wrong, up to a thousand.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub problem_count: u64,
    /// How many of them were made right, with nothing lost.
    pub repaired: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The object it concerns, when that is known.
    pub object: Option<ObjectId>,
    /// What is wrong.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: no repair was asked for.
    Found,
    /// It was made right, with nothing lost.
    Repaired,
    /// What is left was moved aside, where it can be read as far as it is sound.
    Moved(ObjectId),
    /// It was removed.
    Removed,
    /// It was left as it is, for the reason given.
    Left(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.object {
            write!(f, "{id}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.outcome {
            Outcome::Found => Ok(()),
            Outcome::Repaired => f.write_str("; repaired"),
            Outcome::Moved(to) => write!(f, "; moved to {to}"),
            Outcome::Removed => f.write_str("; removed"),
            Outcome::Left(why) => write!(f, "; left as it is: {why}"),
        }
    }
}

/// Checks the store in the directory `path`: every checksum, every count, every row's owner. Needs the store for
/// itself. No object is changed; the engine recovers its journal as at any opening.
///
/// # Errors
/// The store does not open. Anything found after that is in the report.
pub fn fsck(path: &Path) -> Result<FsckReport, OpenStoreError> {
    fsck_with(path, Repair::Nothing, &mut |_| {})
}

/// As [`fsck`], and repairs what it finds if asked to. `progress` is told every thousand objects.
///
/// # Errors
/// As [`fsck`]. A repair that could not be written is in the report.
pub fn fsck_with(
    path: &Path,
    repair: Repair,
    progress: &mut dyn FnMut(FsckProgress),
) -> Result<FsckReport, OpenStoreError> {
    let options = DiskOptions {
        create: false,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(path, &options)?;
    Ok(Check::new(&store, repair).run(progress))
}

#[cfg(test)]
pub(crate) fn check(store: &DiskStore) -> FsckReport {
    mend(store, Repair::Nothing)
}

#[cfg(test)]
pub(crate) fn mend(store: &DiskStore, repair: Repair) -> FsckReport {
    Check::new(store, repair).run(&mut |_| {})
}
