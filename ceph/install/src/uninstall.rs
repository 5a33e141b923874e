//! Taking everything out again.

use std::path::Path;

use crate::{
    disk::Disk,
    error::InstallError,
    layout::{self, take_out},
    manifest::{self, Manifest},
};

/// What a removal did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Files that are gone.
    pub removed: Vec<String>,
    /// Files of others that are back in their places.
    pub put_back: Vec<String>,
    /// Files that were left, and why.
    pub left: Vec<(String, &'static str)>,
}

/// Removes what an installation put into `destination`, and puts back what it replaced. A file that was changed since
/// stays, unless `force` is given.
///
/// # Errors
/// Nothing is installed there, or the system refused. It can be repeated then.
pub fn uninstall(destination: &Path, force: bool) -> Result<Removal, InstallError> {
    uninstall_until(destination, force, None)
}

/// The same; stops after this many changes, as if killed.
pub(crate) fn uninstall_until(
    destination: &Path,
    force: bool,
    stop_after: Option<usize>,
) -> Result<Removal, InstallError> {
    let mut disk = Disk::lock(destination, stop_after)?;
    let Some(manifest) = Manifest::read(&disk)? else {
        return Err(InstallError::NotInstalled {
            path: destination.to_owned(),
        });
    };
    disk.sweep(&layout::swept())?;
    let mut removal = Removal::default();
    // Stubs before what they lead to: an OSD that opens a class in between finds none, rather than a broken one.
    let (inner, stubs): (Vec<_>, Vec<_>) = manifest
        .files
        .keys()
        .partition(|path| path.starts_with("radula/"));
    for path in stubs.into_iter().chain(inner) {
        match take_out(&mut disk, &manifest, path, force)? {
            Some(why) => removal.left.push((path.clone(), why)),
            None if manifest.saved.contains_key(path) => removal.put_back.push(path.clone()),
            None => removal.removed.push(path.clone()),
        }
    }
    disk.remove(manifest::PATH)?;
    for directory in layout::directories().iter().rev() {
        disk.remove_directory(directory)?;
    }
    Ok(removal)
}
