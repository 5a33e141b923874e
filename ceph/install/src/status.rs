//! What is there.

use std::path::Path;

use crate::{
    STUB_MARK,
    disk::{Disk, Found},
    error::InstallError,
    layout,
    manifest::Manifest,
};

/// How a file stands to the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// As it was installed.
    Installed,
    /// Installed and changed since.
    Changed,
    /// Installed and gone.
    Missing,
    /// A class of others.
    Foreign,
    /// A stub of Radula that no manifest knows.
    Stray,
}

impl FileState {
    /// One word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FileState::Installed => "installed",
            FileState::Changed => "changed",
            FileState::Missing => "missing",
            FileState::Foreign => "foreign",
            FileState::Stray => "stray",
        }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// Relative to the class directory.
    pub path: String,
    /// How it stands.
    pub state: FileState,
    /// Its digest, when it is a plain file.
    pub digest: Option<String>,
    /// Where the file of others is kept that was in its place.
    pub saved: Option<String>,
}

impl FileStatus {
    /// The class an OSD finds by this file, if it looks for the file at all.
    #[must_use]
    pub fn class(&self) -> Option<&str> {
        layout::class(&self.path)
    }

    /// Who answers when that class is called: `radula`, or `others`, such as Ceph's own library.
    #[must_use]
    pub fn answers(&self) -> Option<&'static str> {
        self.class()?;
        match self.state {
            FileState::Installed | FileState::Stray => Some("radula"),
            FileState::Foreign | FileState::Changed => Some("others"),
            FileState::Missing => None,
        }
    }
}

/// What is in a class directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The version of Radula that installed; `None` when none did.
    pub version: Option<String>,
    /// Whether the last installation got to its end.
    pub complete: bool,
    /// Our files, then the classes of others.
    pub files: Vec<FileStatus>,
}

impl Status {
    /// Whether all of an installation is as it was left, or there is none.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.complete
            && self.files.iter().all(|file| {
                // The configuration is the operator's to change.
                matches!(file.state, FileState::Installed | FileState::Foreign)
                    || (file.path == layout::CONFIG && file.state == FileState::Changed)
            })
    }
}

/// Looks at a class directory and changes nothing.
///
/// # Errors
/// It cannot be read.
pub fn status(destination: &Path) -> Result<Status, InstallError> {
    let disk = Disk::open(destination)?;
    let manifest = Manifest::read(&disk)?;
    let mut files = Vec::new();
    for path in manifest.iter().flat_map(|manifest| manifest.files.keys()) {
        let saved = manifest
            .as_ref()
            .and_then(|manifest| manifest.saved.get(path).cloned());
        let owns = |digest: &str| {
            manifest
                .as_ref()
                .is_some_and(|manifest| manifest.owns(path, digest))
        };
        let (state, digest) = match disk.look(path)? {
            Found::Nothing => (FileState::Missing, None),
            Found::Other => (FileState::Changed, None),
            Found::File(digest) if owns(&digest) => (FileState::Installed, Some(digest)),
            Found::File(digest) => (FileState::Changed, Some(digest)),
        };
        files.push(FileStatus {
            path: path.clone(),
            state,
            digest,
            saved,
        });
    }
    for name in disk.names()? {
        if layout::class(&name).is_none() || files.iter().any(|file| file.path == name) {
            continue;
        }
        let digest = match disk.look(&name)? {
            Found::File(digest) => Some(digest),
            _ => None,
        };
        let is_stub = digest.is_some() && {
            let bytes = disk.read(&name)?.unwrap_or_default();
            bytes
                .windows(STUB_MARK.len())
                .any(|window| window == STUB_MARK)
        };
        files.push(FileStatus {
            path: name,
            state: if is_stub {
                FileState::Stray
            } else {
                FileState::Foreign
            },
            digest,
            saved: None,
        });
    }
    Ok(Status {
        version: manifest.as_ref().map(|manifest| manifest.version.clone()),
        complete: manifest.is_none_or(|manifest| manifest.complete),
        files,
    })
}
