//! Opens the durable store, or checks it.

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use store::{DiskOptions, ObjectStore, OpenStoreError};

use super::OpenError;
use crate::{config::Config, fsck::StoreCheck};

/// How often to look whether another process has left.
const LOOK: Duration = Duration::from_millis(5);

pub(super) fn open(path: &Path, config: &Config) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let options = DiskOptions {
        cache: config.cache_size(),
        reserve: config.reserve(),
        commit_room: config.commit_room(),
        commit_queue: config.commit_queue().0,
        commit_wait: config.commit_queue().1,
        buffered_bytes: config.buffered().0,
        buffered_time: config.buffered().1,
        ..DiskOptions::default()
    };
    once_free(config, || store::open_disk(path, options.clone()))
}

pub(crate) fn fsck(path: &Path, config: &Config) -> Result<StoreCheck, OpenError> {
    let report = once_free(config, || store::fsck(path))?;
    Ok(StoreCheck {
        objects: report.objects,
        bytes: report.bytes,
        problems: report.problems.iter().map(ToString::to_string).collect(),
        problem_count: report.problem_count,
    })
}

/// Waits for a process that has the store to leave it: commands joined by a pipe, or started by `xargs`, follow each
/// other on one store.
fn once_free<T>(
    config: &Config,
    attempt: impl Fn() -> Result<T, OpenStoreError>,
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
