//! Says that this build has no durable store.

use std::{io::Read, path::Path};

use store::{ArchiveSummary, Store};

use super::OpenError;
use crate::{
    backup::RestoreFailed,
    config::Config,
    fsck::{StoreCheck, StoreRepair},
};

pub(super) fn open(_path: &Path, _config: &Config) -> Result<Store, OpenError> {
    Err(OpenError::NoDisk)
}

pub(crate) fn fsck(
    _path: &Path,
    _config: &Config,
    _repair: StoreRepair,
    _progress: &mut dyn FnMut(u64, u64),
) -> Result<StoreCheck, OpenError> {
    Err(OpenError::NoDisk)
}

pub(crate) fn restore(
    _path: &Path,
    _config: &Config,
    _from: &mut dyn Read,
) -> Result<ArchiveSummary, RestoreFailed> {
    Err(OpenError::NoDisk.into())
}
