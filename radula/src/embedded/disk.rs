//! Opens the durable store, or checks it.

use std::{
    io::Read,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use store::{ArchiveSummary, DiskOptions, FsckProgress, FsckReport, OpenStoreError, Repair, Store};

use crate::{
    config::Config,
    error::{OpenError, RestoreFailed},
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
        quotas: config.quotas(),
        ..DiskOptions::default()
    }
}

pub(crate) fn open(path: &Path, config: &Config) -> Result<Store, OpenError> {
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
    repair: Repair,
    progress: &mut dyn FnMut(FsckProgress),
) -> Result<FsckReport, OpenError> {
    once_free(config, || store::fsck_with(path, repair, progress))
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
