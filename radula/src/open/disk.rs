//! Opens the durable store.

use std::{path::Path, sync::Arc};

use store::{DiskOptions, ObjectStore};

use super::OpenError;
use crate::config::Config;

pub(super) fn open(path: &Path, config: &Config) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let options = DiskOptions {
        cache: config.cache_size(),
        ..DiskOptions::default()
    };
    Ok(store::open_disk(path, options)?)
}
