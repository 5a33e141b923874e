//! Says that this build has no durable store.

use std::{io::Read, path::Path};

use store::{ArchiveSummary, FsckProgress, FsckReport, Repair, Store};

use crate::{
    config::Config,
    error::{OpenError, RestoreFailed},
};

pub(crate) fn open(_path: &Path, _config: &Config) -> Result<Store, OpenError> {
    Err(OpenError::NoDisk)
}

pub(crate) fn fsck(
    _path: &Path,
    _config: &Config,
    _repair: Repair,
    _progress: &mut dyn FnMut(FsckProgress),
) -> Result<FsckReport, OpenError> {
    Err(OpenError::NoDisk)
}

pub(crate) fn restore(
    _path: &Path,
    _config: &Config,
    _from: &mut dyn Read,
) -> Result<ArchiveSummary, RestoreFailed> {
    Err(OpenError::NoDisk.into())
}
