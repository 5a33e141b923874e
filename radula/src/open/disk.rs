//! Opens the durable store, or checks it.

use std::{
    io::Read,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use store::{
    ArchiveSummary, DiskOptions, FsckProgress, OpenStoreError, Outcome, Problem, Repair, Store,
};

use super::OpenError;
use crate::{
    backup::RestoreFailed,
    config::Config,
    fsck::{StoreCheck, StoreProblem, StoreRepair},
};

/// How often to look whether another process has left.
const LOOK: Duration = Duration::from_millis(5);

fn options(config: &Config) -> DiskOptions {
    DiskOptions {
        cache: config.cache_size(),
        reserve: config.reserve(),
        commit_room: config.commit_room(),
        commit_queue: config.commit_queue().0,
        commit_wait: config.commit_queue().1,
        buffered_bytes: config.buffered().0,
        buffered_time: config.buffered().1,
        ..DiskOptions::default()
    }
}

pub(super) fn open(path: &Path, config: &Config) -> Result<Store, OpenError> {
    let options = options(config);
    once_free(config, || store::open_disk(path, options.clone()))
}

pub(crate) fn restore(
    path: &Path,
    config: &Config,
    from: &mut dyn Read,
) -> Result<ArchiveSummary, RestoreFailed> {
    Ok(store::restore(path, &options(config), from)?)
}

pub(crate) fn fsck(
    path: &Path,
    config: &Config,
    repair: StoreRepair,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<StoreCheck, OpenError> {
    let repair = match repair {
        StoreRepair::Nothing => Repair::Nothing,
        StoreRepair::MoveAside => Repair::MoveAside,
        StoreRepair::RemoveDamaged => Repair::RemoveDamaged,
    };
    let mut tell = |now: FsckProgress| progress(now.objects, now.of);
    let report = once_free(config, || store::fsck_with(path, repair, &mut tell))?;
    Ok(StoreCheck {
        objects: report.objects,
        bytes: report.bytes,
        problems: report.problems.into_iter().map(problem).collect(),
        problem_count: report.problem_count,
        repaired: report.repaired,
    })
}

fn problem(found: Problem) -> StoreProblem {
    let line = found.to_string();
    let (outcome, moved_to) = match found.outcome {
        Outcome::Found => ("found", None),
        Outcome::Repaired => ("repaired", None),
        Outcome::Moved(to) => ("moved", Some(to)),
        Outcome::Removed => ("removed", None),
        Outcome::Left(_) => ("left", None),
    };
    StoreProblem {
        object: found.object,
        what: found.what,
        outcome,
        moved_to,
        line,
    }
}

/// Waits for a process that has the store to leave it: commands joined by a pipe, or started by `xargs`, follow each
/// other on one store.
fn once_free<T>(
    config: &Config,
    mut attempt: impl FnMut() -> Result<T, OpenStoreError>,
) -> Result<T, OpenError> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(OpenStoreError::InUse { .. }) if started.elapsed() < config.store_wait() => {
                thread::sleep(LOOK);
            }
            done => return Ok(done?),
        }
    }
}
