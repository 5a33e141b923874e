//! What lies where in the class directory of an OSD.

use runtime::{KINDS, Kind, NATIVE};

use crate::{
    disk::{Disk, Found},
    error::InstallError,
    manifest::Manifest,
};

/// Where the engine goes, relative to the class directory.
pub(crate) const ENGINE: &str = "radula/libradula_ceph.so";
/// Where the configuration goes.
pub(crate) const CONFIG: &str = "radula/radula.toml";
/// A stub of no class, which the engine has the OSD open when a reload brought methods. Its name is known to the engine.
pub(crate) const METHODS: &str = "libcls_radula/libcls_methods.so";
/// How a file of others is named while ours is in its place.
pub(crate) const SAVED: &str = ".radula-saved";
/// Where the classes go, in a directory for each kind.
const CLASSES: &str = "radula/classes";

/// The directories made, outermost first.
pub(crate) fn directories() -> Vec<String> {
    let outer = ["radula", CLASSES].map(str::to_owned);
    let kinds = KINDS.map(|kind| format!("{CLASSES}/{}", kind.name));
    let methods = ["libcls_radula".to_owned()];
    outer.into_iter().chain(kinds).chain(methods).collect()
}

/// The directories an installation that was killed leaves half-written files in.
pub(crate) fn swept() -> Vec<String> {
    std::iter::once(String::new())
        .chain(directories())
        .collect()
}

/// The file of a class.
pub(crate) fn class_file(kind: &Kind, class: &str) -> String {
    format!("{CLASSES}/{}/{}", kind.name, kind.file_name(class))
}

/// The stub of a class: named as Ceph names its own classes, which native classes are named after.
pub(crate) fn stub(class: &str) -> String {
    NATIVE.file_name(class)
}

/// The class that a file in the class directory is named after.
pub(crate) fn class(name: &str) -> Option<&str> {
    NATIVE.class_part(name)
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
