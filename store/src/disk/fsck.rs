//! A check of a whole store, object by object, and what can soundly be done about what it finds.

mod check;
mod repair;

use std::path::Path;

use self::check::Check;
use super::{DiskOptions, DiskStore};
use crate::{FsckProgress, FsckReport, OpenStoreError, Repair};

/// Most problems a report spells out; more are only counted, so that a ruined store does not fill memory.
const SPELLED_OUT: usize = 1000;

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
