//! Temporary directories and stores that leave nothing behind.
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use store::Store;
use tempfile::TempDir;

use crate::behaviour::StoreKind;

/// A fresh directory of one test, gone with it. Nobody else may write into it, as the file checks ask.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes it.
    ///
    /// # Panics
    /// When the machine has no room for one.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "making a directory is no default"
    )]
    pub fn new() -> Self {
        Self(
            tempfile::Builder::new()
                .prefix("radula-test-")
                .tempdir()
                .expect("a temporary directory"),
        )
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A directory in it, made if it is missing.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn dir(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        make_dir(&path);
        path
    }

    /// A file in it, with everything above it made.
    ///
    /// # Panics
    /// When it cannot be written.
    #[expect(clippy::disallowed_methods, reason = "fixtures are files")]
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        let parent = path.parent().expect("a file is in a directory");
        make_dir(parent);
        std::fs::write(&path, content).expect("a file in the scratch");
        set_mode(&path, 0o644);
        path
    }

    /// A directory in it with copies of the files of `from`.
    ///
    /// # Panics
    /// When a file cannot be copied.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "fixtures are files")]
    pub fn copy_of(&self, name: &str, from: &Path) -> PathBuf {
        let to = self.dir(name);
        for entry in std::fs::read_dir(from).expect("a directory to copy") {
            let entry = entry.expect("a readable entry");
            // Sources may lie beside class files; what a loader reads lies in the directory itself.
            if entry.path().is_dir() {
                continue;
            }
            let content = std::fs::read(entry.path()).expect("a readable file");
            let copy = to.join(entry.file_name());
            std::fs::write(&copy, content).expect("a copy");
            set_mode(&copy, 0o644);
        }
        to
    }
}

#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
pub(crate) fn make_dir(path: &Path) {
    std::fs::create_dir_all(path).expect("a directory in the scratch");
    set_mode(path, 0o755);
}

/// Class files must not be writable by others, whatever the tester's umask says.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode))
        .expect("a scratch whose modes can be set");
}

/// A store of one test, and the directory it lives in.
#[derive(Debug)]
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Its directory; `None` in memory.
    pub scratch: Option<Scratch>,
}

impl TestStore {
    /// A fresh store of a kind. A new kind joins the behaviour suite here.
    ///
    /// # Panics
    /// When it is not a store.
    #[must_use]
    pub fn of(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Memory => Self::memory(),
            StoreKind::Disk => Self::disk(),
            StoreKind::Osd => panic!("objects in a cluster are not in one of our stores"),
        }
    }

    /// In memory.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            store: store::memory(),
            scratch: None,
        }
    }

    /// On disk, in a fresh directory.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn disk() -> Self {
        let scratch = Scratch::new();
        let store = store::open_disk(&scratch.path().join("store"), store::DiskOptions::default())
            .expect("a fresh disk store opens");
        Self {
            store,
            scratch: Some(scratch),
        }
    }
}
