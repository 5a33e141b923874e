//! The class directory, changed one step at a time.
#![expect(
    clippy::disallowed_methods,
    reason = "the operator names this directory, and its files are written with the operator's rights, as install(1) would"
)]

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use crate::error::InstallError;

/// How a file is named until it is whole. An OSD looks at `libcls_*.so` only.
const BESIDE: &str = ".radula-new-";
/// More is no engine and no class.
const MAX_FILE: u64 = 1 << 30;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// A plain file, with its digest.
    File(String),
    /// Anything else: a link, a directory, a socket.
    Other,
}

/// A class directory.
pub(crate) struct Disk {
    root: PathBuf,
    /// For tests: how many more changes to make before stopping, as if killed.
    left: Option<usize>,
    step: usize,
    /// For `--dry-run`: nothing is changed.
    is_dry: bool,
    _lock: Option<File>,
}

impl Disk {
    /// To look only.
    pub(crate) fn open(root: &Path) -> Result<Self, InstallError> {
        if !root.is_dir() {
            return Err(InstallError::NoDirectory {
                path: root.to_owned(),
            });
        }
        Ok(Self {
            root: root.to_owned(),
            left: None,
            step: 0,
            is_dry: true,
            _lock: None,
        })
    }

    /// To change, alone.
    pub(crate) fn lock(root: &Path, stop_after: Option<usize>) -> Result<Self, InstallError> {
        let disk = Self::open(root)?;
        // The directory itself: a file would be left behind.
        let lock = File::open(root).map_err(failed("lock", root))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                left: stop_after,
                is_dry: false,
                _lock: Some(lock),
                ..disk
            }),
            Err(fs::TryLockError::WouldBlock) => Err(InstallError::Busy {
                path: root.to_owned(),
            }),
            Err(fs::TryLockError::Error(source)) => Err(failed("lock", root)(source)),
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// What is at `path`, without following a link.
    pub(crate) fn look(&self, path: &str) -> Result<Found, InstallError> {
        let full = self.path(path);
        match fs::symlink_metadata(&full) {
            Ok(found) if found.is_file() => {
                let bytes = read_file(&full)?;
                Ok(Found::File(digest(&bytes)))
            }
            Ok(_) => Ok(Found::Other),
            Err(error) if is_missing(&error) => Ok(Found::Nothing),
            Err(error) => Err(failed("look at", &full)(error)),
        }
    }

    /// The content of a plain file; `None` when there is nothing.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, InstallError> {
        let full = self.path(path);
        match fs::symlink_metadata(&full) {
            Ok(found) if found.is_file() => read_file(&full).map(Some),
            Ok(_) => Err(failed("read", &full)(io::ErrorKind::InvalidInput.into())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed("read", &full)(error)),
        }
    }

    /// The names in the class directory itself.
    pub(crate) fn names(&self) -> Result<Vec<String>, InstallError> {
        let failed = failed("list", &self.root);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            if let Some(name) = entry.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// One change, unless this is where to stop.
    fn change(&mut self) -> Result<bool, InstallError> {
        if self.is_dry {
            return Ok(false);
        }
        self.step += 1;
        match &mut self.left {
            Some(0) => Err(InstallError::Stopped { step: self.step }),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None => Ok(true),
        }
    }

    /// Makes a directory and those above it, beneath the class directory. What is there and is no directory is refused:
    /// through a link one would write elsewhere.
    pub(crate) fn make_directory(&mut self, path: &str) -> Result<(), InstallError> {
        let mut full = self.root.clone();
        for part in Path::new(path) {
            full.push(part);
            match fs::symlink_metadata(&full) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    return Err(failed("use", &full)(io::ErrorKind::NotADirectory.into()));
                }
                Err(error) if is_missing(&error) => {
                    if self.change()? {
                        fs::create_dir(&full)
                            .and_then(|()| set_mode(&full, 0o755))
                            .map_err(failed("make", &full))?;
                    }
                }
                Err(error) => return Err(failed("look at", &full)(error)),
            }
        }
        Ok(())
    }

    /// Writes a file beside its place and renames it there.
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), InstallError> {
        let full = self.path(path);
        let beside = full.with_file_name(prefixed(full.file_name().unwrap_or_default()));
        if self.change()? {
            remove_if_there(&beside)?;
            let write = || -> io::Result<()> {
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o644)
                    .open(&beside)?;
                // Whatever the umask says: an OSD runs as another user.
                set_mode(&beside, 0o644)?;
                file.write_all(bytes)?;
                file.sync_all()
            };
            write().map_err(failed("write", &beside))?;
        }
        if self.change()? {
            fs::rename(&beside, &full).map_err(failed("put in place", &full))?;
            sync_directory(&full)?;
        }
        Ok(())
    }

    /// Keeps what is at `path` under `kept` too, as the same file or link, so that `path` can be replaced in one step.
    /// What was kept before gives way: others have put a newer file in its place.
    pub(crate) fn keep(&mut self, path: &str, kept: &str) -> Result<(), InstallError> {
        if self.is_same(path, kept) {
            return Ok(());
        }
        self.remove(kept)?;
        let (full, kept) = (self.path(path), self.path(kept));
        if self.change()? {
            let found = fs::symlink_metadata(&full).map_err(failed("look at", &full))?;
            let result = if found.is_symlink() {
                fs::read_link(&full).and_then(|target| symlink(target, &kept))
            } else {
                fs::hard_link(&full, &kept)
            };
            result.map_err(failed("keep", &full))?;
            sync_directory(&kept)?;
        }
        Ok(())
    }

    /// Whether both paths are the same file, or links to the same place.
    pub(crate) fn is_same(&self, path: &str, kept: &str) -> bool {
        let (one, other) = (self.path(path), self.path(kept));
        match (fs::symlink_metadata(&one), fs::symlink_metadata(&other)) {
            (Ok(a), Ok(b)) if a.is_symlink() && b.is_symlink() => {
                fs::read_link(one).ok() == fs::read_link(other).ok()
            }
            (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
            _ => false,
        }
    }

    /// Puts back what was kept.
    pub(crate) fn put_back(&mut self, path: &str, kept: &str) -> Result<(), InstallError> {
        let (full, kept) = (self.path(path), self.path(kept));
        if self.change()? {
            fs::rename(&kept, &full).map_err(failed("put back", &full))?;
            sync_directory(&full)?;
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, path: &str) -> Result<(), InstallError> {
        let full = self.path(path);
        if self.change()? {
            remove_if_there(&full)?;
            sync_directory(&full)?;
        }
        Ok(())
    }

    /// Removes a directory if it is empty.
    pub(crate) fn remove_directory(&mut self, path: &str) -> Result<(), InstallError> {
        let full = self.path(path);
        if full.is_dir() && self.change()? {
            match fs::remove_dir(&full) {
                Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                    return Err(failed("remove", &full)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what an installation that was killed left half written.
    pub(crate) fn sweep(&mut self, directories: &[String]) -> Result<(), InstallError> {
        for directory in directories {
            let full = self.root.join(directory);
            let Ok(entries) = fs::read_dir(&full) else {
                continue;
            };
            for entry in entries.flatten() {
                if entry.file_name().to_string_lossy().starts_with(BESIDE) && self.change()? {
                    remove_if_there(&entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a file the operator named, or one in the class directory.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, InstallError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes))
        .map_err(failed("read", path))?;
    Ok(bytes)
}

/// The digest files are compared by: BLAKE3, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn prefixed(name: &OsStr) -> String {
    format!("{BESIDE}{}", name.to_string_lossy())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn remove_if_there(path: &Path) -> Result<(), InstallError> {
    match fs::remove_file(path) {
        Err(error) if !is_missing(&error) => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// A rename is durable once its directory is.
fn sync_directory(of: &Path) -> Result<(), InstallError> {
    let directory = of.parent().unwrap_or(Path::new("/"));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("sync", directory))
}

fn failed(what: &'static str, path: &Path) -> impl Fn(io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::File {
        what,
        path: path.clone(),
        source,
    }
}
