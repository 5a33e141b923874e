//! What keeps every other handle out of a store's directory.
//!
//! Three locks, because each of the names can be removed or replaced by people who tidy up: one on the directory itself, which
//! has no name inside it; one on the file `lock`, which releases before this one look at, and which works where directories
//! cannot be locked (NFS); and the engine's own. All are had before anything in the directory is changed.
//!
//! The directory is used through its descriptor from then on: when it is moved away and another one takes its place, the
//! store goes on where it is and touches nothing of the other.
#![expect(
    clippy::disallowed_methods,
    reason = "opens and locks the store's own directory"
)]

use std::{
    fs::{self, File, Metadata, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::{error::open_io, files};
use crate::OpenStoreError;

/// The file that is locked while the store is open, here and in the engine's directory.
pub(super) const LOCK: &str = "lock";
const ENGINE_LOCK: &str = "engine/lock";

/// Longest text of a lock that is read.
const LONGEST: u64 = 64;

/// A directory that no other handle can have, once [`settle`](Held::settle) was called, until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    root: PathBuf,
    directory: File,
    file: Option<File>,
    process: u32,
}

impl Drop for Held {
    /// Closing the files would not do: a child process that was just forked has them open too, until it runs its program.
    fn drop(&mut self) {
        // A fork of this process must not give away the locks.
        if self.process == std::process::id() {
            let _unlocked_when_closed = self.file.as_ref().map(File::unlock);
            let _unlocked_when_closed = self.directory.unlock();
        }
    }
}

impl Held {
    /// Locks a directory that is there. Changes nothing in it.
    pub(super) fn take(path: &Path) -> Result<Held, OpenStoreError> {
        let io = |error| open_io(path, error);
        let directory = open_directory(path).map_err(io)?;
        match directory.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, path)),
            // Where directories cannot be locked the files have to do.
            Err(TryLockError::Error(error)) if cannot_lock(&error) => {}
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let found = directory.metadata().map_err(io)?;
        if !is(&fs::metadata(path).map_err(io)?, &found) {
            return Err(io(replaced(path)));
        }
        // Without /proc the path has to do.
        let through = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
        let root = match fs::metadata(&through) {
            Ok(same) if is(&same, &found) => through,
            _ => path.to_owned(),
        };
        Ok(Held {
            path: path.to_owned(),
            root,
            directory,
            file: None,
            process: std::process::id(),
        })
    }

    /// Locks the files as well, making `lock` when it is not there, and writes the number of this process into it.
    pub(super) fn settle(&mut self) -> Result<(), OpenStoreError> {
        let io = |error| open_io(&self.path, error);
        // Until the other one is had. The engine locks it again, and would refuse if this handle still did.
        let engine = self.lock_engine()?;
        let name = self.root.join(LOCK);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = files::open_single(&name, options.mode(0o600)).map_err(io)?;
        self.lock(&file, &name)?;
        let process = self.process;
        let note = |file: &mut File| {
            file.set_len(0)?;
            writeln!(file, "{process}")
        };
        note(&mut file).map_err(|error| io(files::named(&name, error)))?;
        self.file = Some(file);
        if let Some(engine) = engine {
            engine.unlock().map_err(io)?;
        }
        Ok(())
    }

    /// The engine's lock, when there is one: another handle that lost the other files still has it.
    fn lock_engine(&self) -> Result<Option<File>, OpenStoreError> {
        let name = self.root.join(ENGINE_LOCK);
        let mut options = OpenOptions::new();
        match files::open_single(&name, options.read(true).write(true)) {
            Ok(file) => {
                self.lock(&file, &name)?;
                Ok(Some(file))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(open_io(&self.path, error)),
        }
    }

    /// Locks an open file, and makes sure that its name still leads to it.
    fn lock(&self, file: &File, name: &Path) -> Result<(), OpenStoreError> {
        let io = |error| open_io(&self.path, files::named(name, error));
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(&self.path, &self.root)),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let locked = file.metadata().map_err(io)?;
        match fs::symlink_metadata(name) {
            Ok(found) if is(&found, &locked) => Ok(()),
            Ok(_) => Err(io(replaced(name))),
            Err(error) => Err(io(error)),
        }
    }

    /// The path the directory was opened at: for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A path below [`root`](Held::root), as one below the path the directory was opened at.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.root) {
            Ok(below) => self.path.join(below),
            Err(_) => path.to_owned(),
        }
    }

    /// The path that leads to the directory as long as this is held, whatever has its name.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

fn open_directory(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::DIRECTORY.bits()).map_err(io::Error::other)?;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| files::named(path, error))
}

/// Whether both are the same file.
fn is(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn replaced(name: &Path) -> io::Error {
    let name = name.display();
    io::Error::other(format!(
        "{name} was replaced while it was opened; try again"
    ))
}

/// Whether the file system has no locks for directories: NFS locks only what is open for writing.
fn cannot_lock(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let found = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        found,
        Some(Errno::BADF | Errno::INVAL | Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK)
    )
}

/// Says who has the store, when its lock tells. Only a courtesy: the message is as good without the number.
fn in_use(path: &Path, root: &Path) -> OpenStoreError {
    let read = || {
        let mut options = OpenOptions::new();
        let file = files::open(&root.join(LOCK), options.read(true)).ok()?;
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    };
    OpenStoreError::InUse {
        path: path.to_owned(),
        pid: read(),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make files in their own temporary directories"
)]
mod tests {
    use super::*;

    fn take(path: &Path) -> Result<Held, OpenStoreError> {
        let mut held = Held::take(path)?;
        held.settle()?;
        Ok(held)
    }

    #[test]
    fn a_lock_is_given_up_though_a_child_process_has_its_file_open() {
        let directory = tempfile::tempdir().unwrap();
        let held = take(directory.path()).unwrap();
        // What a fork does to open files.
        let inherited = [&held.directory, held.file.as_ref().unwrap()].map(File::try_clone);
        let taken = take(directory.path()).unwrap_err();
        assert!(matches!(taken, OpenStoreError::InUse { .. }), "{taken}");
        drop(held);
        take(directory.path()).unwrap();
        drop(inherited);
    }

    #[test]
    fn each_lock_alone_keeps_others_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::create_dir(path.join("engine")).unwrap();
        let lock = |name: &str| {
            let file = File::create(path.join(name)).unwrap();
            file.lock().unwrap();
            file
        };
        for name in [LOCK, ENGINE_LOCK] {
            let held = lock(name);
            let taken = take(path).unwrap_err();
            assert!(
                matches!(taken, OpenStoreError::InUse { .. }),
                "{name}: {taken}"
            );
            drop(held);
            drop(take(path).unwrap());
        }
        let held = File::open(path).unwrap();
        held.lock().unwrap();
        let taken = take(path).unwrap_err();
        assert!(matches!(taken, OpenStoreError::InUse { .. }), "{taken}");
    }
}
