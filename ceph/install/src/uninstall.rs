//! Taking everything out again.

use std::path::Path;

use crate::{
    disk::{Disk, Found},
    error::InstallError,
    install::DIRECTORIES,
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
pub fn uninstall(
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
    disk.sweep(&[&[""], DIRECTORIES].concat())?;
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
    for directory in DIRECTORIES.iter().rev() {
        disk.remove_directory(directory)?;
    }
    Ok(removal)
}

/// Removes one of our files, or puts back what was in its place. Answers why it was left, if it was.
pub(crate) fn take_out(
    disk: &mut Disk,
    manifest: &Manifest,
    path: &str,
    force: bool,
) -> Result<Option<&'static str>, InstallError> {
    let kept = match manifest.saved.get(path) {
        Some(kept) if disk.look(kept)? != Found::Nothing => Some(kept),
        _ => None,
    };
    let found = disk.look(path)?;
    let is_ours = match &found {
        Found::File(digest) => manifest.owns(path, digest),
        Found::Nothing | Found::Other => false,
    };
    match (found, kept) {
        (Found::Nothing, None) => Ok(None),
        (Found::Nothing, Some(kept)) => disk.put_back(path, kept).map(|()| None),
        (_, Some(kept)) if is_ours => disk.put_back(path, kept).map(|()| None),
        // Killed between keeping the file of others and replacing it.
        (_, Some(kept)) if disk.is_same(path, kept) => disk.remove(kept).map(|()| None),
        (_, Some(_)) => Ok(Some(
            "others replaced it since; what it had replaced is kept beside",
        )),
        (_, None) if is_ours => disk.remove(path).map(|()| None),
        // An earlier removal, which did not get to its end, has put it back.
        (_, None) if manifest.saved.contains_key(path) => Ok(None),
        (_, None) if force => disk.remove(path).map(|()| None),
        (_, None) => Ok(Some("it was changed since it was installed")),
    }
}
