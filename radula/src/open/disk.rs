//! Opens the durable store.

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use store::{DiskOptions, ObjectStore, OpenStoreError};

use super::OpenError;
use crate::config::Config;

/// How often to look whether another process has left.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for a process that has the store to leave it: commands joined by a pipe, or started by `xargs`, follow each
/// other on one store.
pub(super) fn open(path: &Path, config: &Config) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let options = DiskOptions {
        cache: config.cache_size(),
        ..DiskOptions::default()
    };
    let started = Instant::now();
    loop {
        match store::open_disk(path, options.clone()) {
            Err(OpenStoreError::InUse { .. }) if started.elapsed() < config.store_wait() => {
                thread::sleep(LOOK);
            }
            opened => return Ok(opened?),
        }
    }
}
