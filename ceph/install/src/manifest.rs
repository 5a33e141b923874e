//! What is Radula's in a class directory: `radula/manifest.json`.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{disk::Disk, error::InstallError};

/// Where it is, relative to the class directory.
pub(crate) const PATH: &str = "radula/manifest.json";
/// The format written here.
const FORMAT: u32 = 1;

/// What an installation wrote. Paths are relative to the class directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) format: u32,
    /// The version of Radula that installed.
    pub version: String,
    /// Whether it got to its end.
    pub complete: bool,
    /// Digests (BLAKE3) each of our files may have: one, or during an installation the old and the new.
    pub files: BTreeMap<String, Vec<String>>,
    /// Files of others that were replaced, and where they are kept.
    pub saved: BTreeMap<String, String>,
}

impl Manifest {
    pub(crate) fn new() -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// Reads it; `None` when nothing is installed.
    pub(crate) fn read(disk: &Disk) -> Result<Option<Self>, InstallError> {
        let Some(bytes) = disk.read(PATH)? else {
            return Ok(None);
        };
        let refused = |reason: String| InstallError::Manifest {
            path: disk.path(PATH),
            reason,
        };
        let manifest: Self =
            serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(refused(format!(
                "it has format {}, this release knows {FORMAT}",
                manifest.format
            )));
        }
        // It decides what is removed: nothing outside the directory, whatever it says.
        let paths = manifest.files.keys();
        let saved = manifest.saved.iter().flat_map(|(path, kept)| [path, kept]);
        if let Some(stray) = paths.chain(saved).find(|path| !is_inside(path)) {
            return Err(refused(format!("{stray:?} is not inside the directory")));
        }
        Ok(Some(manifest))
    }

    pub(crate) fn write(&self, disk: &mut Disk) -> Result<(), InstallError> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|error| InstallError::Manifest {
                path: disk.path(PATH),
                reason: error.to_string(),
            })?;
        bytes.push(b'\n');
        disk.put(PATH, &bytes)
    }

    /// Whether a file at `path` with this content is one of ours.
    pub(crate) fn owns(&self, path: &str, digest: &str) -> bool {
        self.files
            .get(path)
            .is_some_and(|digests| digests.iter().any(|known| known == digest))
    }
}

fn is_inside(path: &str) -> bool {
    use std::path::Component;
    let path = PathBuf::from(path);
    path.components().count() > 0
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}
