//! The store's directory: its lock, its header, and the mark a clean close leaves.
//!
//! | name | what it is |
//! |---|---|
//! | `radula-store` | the header; its presence makes the directory a store |
//! | `lock` | locked while the store is open; holds the process number |
//! | `closed` | only after a clean close: the mark it left |
//! | `opening` | that mark, while the store is opened |
//! | `creating` | only while the store is created; what is there then was never acknowledged |
//! | `restoring` | only while a store is restored; without a header beside it the restore did not finish |
//! | `engine` | the storage engine's files |
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::{
    error::open_io,
    header::{FORMAT, Header, HeaderRefused},
    journal::{self, Recovered, Torn},
    mark::{self, Mark},
    value::{seal, unseal},
};
use crate::{OpenStoreError, disk::key::Table};

const HEADER: &str = "radula-store";
const LOCK: &str = "lock";
const CLOSED: &str = "closed";
const OPENING: &str = "opening";
const CREATING: &str = "creating";
const RESTORING: &str = "restoring";
const ENGINE: &str = "engine";

/// How the store was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It was not closed since it was opened, or is new.
    Never,
    /// It was closed at this version, and its files are as they were.
    Cleanly(u64),
    /// It was closed at this version, and a crash interrupted its opening.
    ThenCrashed(u64),
}

/// A store's directory, locked against every other handle.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: Lock,
}

/// The file that is locked until this is dropped.
#[derive(Debug)]
struct Lock {
    file: File,
    process: u32,
}

impl Drop for Lock {
    /// Closing the file would not do: a child process that was just forked has it open too, until it runs its program.
    fn drop(&mut self) {
        // A fork of this process must not give away the lock.
        if self.process == std::process::id() {
            let _unlocked_when_closed = self.file.unlock();
        }
    }
}

impl Directory {
    /// Locks the directory, making it when `create` is set. Nothing in it is touched if it is not a store.
    pub(super) fn open(path: &Path, create: bool) -> Result<(Directory, Header), OpenStoreError> {
        let io = |error| open_io(path, error);
        let missing = || OpenStoreError::Missing {
            path: path.to_owned(),
        };
        if !is_directory(path)? {
            if !create {
                return Err(missing());
            }
            make(path).map_err(io)?;
        }
        let fresh = !path.join(HEADER).try_exists().map_err(io)?;
        if fresh {
            if path.join(RESTORING).try_exists().map_err(io)? {
                return Err(OpenStoreError::HalfRestored {
                    path: path.to_owned(),
                });
            }
            if let Some(found) = stranger(path).map_err(io)? {
                return Err(foreign(path, &found));
            }
            if !create {
                return Err(missing());
            }
        }
        let lock = lock(path)?;
        let directory = Directory {
            path: path.to_owned(),
            _lock: lock,
        };
        // Another process may have made the store between the look and the lock.
        match fs::read(path.join(HEADER)) {
            Ok(bytes) => {
                let header = Header::decode(&bytes).map_err(|why| refused(path, why))?;
                Ok((directory, header))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                directory.begin_creation().map_err(io)?;
                Ok((directory, Header::NEW))
            }
            Err(error) => Err(io(error)),
        }
    }

    /// Locks the directory of a store to be, making it when it is not there. What an earlier restore left in it, that was
    /// cut short, goes.
    pub(super) fn begin_restore(path: &Path) -> Result<(Directory, Header), OpenStoreError> {
        let io = |error| open_io(path, error);
        if !is_directory(path)? {
            make(path).map_err(io)?;
        }
        let exists = || path.join(HEADER).try_exists().map_err(io);
        let taken = || OpenStoreError::Exists {
            path: path.to_owned(),
        };
        if exists()? {
            return Err(taken());
        }
        let is_again = path.join(RESTORING).try_exists().map_err(io)?;
        if !is_again && let Some(found) = stranger(path).map_err(io)? {
            return Err(foreign(path, &found));
        }
        let directory = Directory {
            path: path.to_owned(),
            _lock: lock(path)?,
        };
        // Somebody may have made the store between the look and the lock.
        if exists()? {
            return Err(taken());
        }
        let clear = || {
            File::create(path.join(RESTORING))?.sync_all()?;
            missing_is_fine(fs::remove_file(path.join(CREATING)))?;
            sync_directory(path)?;
            missing_is_fine(fs::remove_dir_all(directory.engine()))
        };
        clear().map_err(io)?;
        Ok((directory, Header::NEW))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the engine lives.
    pub(super) fn engine(&self) -> PathBuf {
        self.path.join(ENGINE)
    }

    /// Makes room for a new store. A creation that was cut short left an engine nobody was ever told about; one
    /// without the note of a creation was refused before.
    fn begin_creation(&self) -> io::Result<()> {
        File::create(self.path.join(CREATING))?.sync_all()?;
        sync_directory(&self.path)?;
        missing_is_fine(fs::remove_dir_all(self.engine()))
    }

    /// Writes the header if there is none, the last step of creating a store, or if it is of an older format, which
    /// must be before the first row that only the newer one has.
    pub(super) fn finish_creation(&self, header: Header) -> io::Result<()> {
        if header.format < FORMAT {
            self.write_durably(HEADER, &header.upgraded().encode())?;
        } else if !self.path.join(HEADER).try_exists()? {
            // The engine leaves the names of its new tables' directories unsynced, and takes a table whose directory is
            // gone for one that was removed.
            sync_directory(&self.engine().join("keyspaces"))?;
            self.write_durably(HEADER, &header.encode())?;
            // The directory's own entry: a store that vanishes with its first commits was not durable.
            match self.path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent)?,
                _ => sync_directory(Path::new("."))?,
            }
        }
        missing_is_fine(fs::remove_file(self.path.join(CREATING)))?;
        missing_is_fine(fs::remove_file(self.path.join(RESTORING)))
    }

    /// What the last close left, once the engine's files are found to be what it says. From here on they may change,
    /// and only [`mark_open`](Self::mark_open) ends that.
    pub(super) fn closed(&self) -> Result<Closed, OpenStoreError> {
        let io = |error| open_io(&self.path, error);
        if let Some(mark) = self.read_mark(CLOSED)? {
            if let Some(file) = mark.changed(&self.engine()).map_err(io)? {
                return Err(self.damaged(format!(
                    "file {ENGINE}/{file} is not what it was when the store was closed"
                )));
            }
            // A crash while the engine opens leaves its files changed; the version must still be the same.
            fs::rename(self.path.join(CLOSED), self.path.join(OPENING)).map_err(io)?;
            sync_directory(&self.path).map_err(io)?;
            return Ok(Closed::Cleanly(mark.version));
        }
        Ok(match self.read_mark(OPENING)? {
            Some(mark) => Closed::ThenCrashed(mark.version),
            None => Closed::Never,
        })
    }

    fn read_mark(&self, name: &str) -> Result<Option<Mark>, OpenStoreError> {
        let bytes = match fs::read(self.path.join(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(open_io(&self.path, error)),
        };
        let mark = unseal(Table::Meta, CLOSED.as_bytes(), bytes.into())
            .ok()
            .and_then(|payload| Mark::decode(&payload));
        match mark {
            Some(mark) => Ok(Some(mark)),
            None => Err(self.damaged("the mark of its last close is unreadable".to_owned())),
        }
    }

    /// After a crash: cuts off what it tore, and tells damage from it as far as the journals alone can.
    pub(super) fn recover_journals(&self) -> Result<Option<Torn>, OpenStoreError> {
        match journal::recover(&self.engine()) {
            Ok(Recovered::Sound) => Ok(None),
            Ok(Recovered::Torn(torn)) => Ok(Some(torn)),
            Ok(Recovered::Damaged(path)) => Err(self.damaged_journal(&path)),
            // A store that is just being created has no engine yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(open_io(&self.path, error)),
        }
    }

    /// After a clean close: nothing was torn, so whatever is invalid is damage. The engine would take some of it for the
    /// end, and the version alone does not tell when it is in a table already.
    pub(super) fn check_journals(&self) -> Result<(), OpenStoreError> {
        match journal::damaged(&self.engine()) {
            Ok(None) => Ok(()),
            Ok(Some(path)) => Err(self.damaged_journal(&path)),
            Err(error) => Err(open_io(&self.path, error)),
        }
    }

    pub(super) fn damaged_journal(&self, journal: &Path) -> OpenStoreError {
        self.damaged(format!(
            "journal {} has an invalid batch that no crash explains",
            journal.display()
        ))
    }

    pub(super) fn damaged(&self, what: String) -> OpenStoreError {
        OpenStoreError::Damaged {
            path: self.path.clone(),
            what,
            source: None,
        }
    }

    /// Notes that everything up to `version` is stable and nothing follows. The files are noted too when nobody
    /// writes them any more.
    pub(super) fn mark_closed(&self, version: u64, settled: bool) -> io::Result<()> {
        let files = match settled {
            true => {
                mark::sync(&self.engine())?;
                mark::files(&self.engine())?
            }
            false => Vec::new(),
        };
        let mark = Mark { version, files }.encode();
        self.write_durably(CLOSED, &seal(CLOSED.as_bytes(), mark))
    }

    /// Takes the mark away, before the first commit.
    pub(super) fn mark_open(&self) -> io::Result<()> {
        match fs::remove_file(self.path.join(OPENING)) {
            Ok(()) => sync_directory(&self.path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes a small file whole or not at all.
    fn write_durably(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(name))?;
        sync_directory(&self.path)
    }
}

/// Whether there is a directory.
fn is_directory(path: &Path) -> Result<bool, OpenStoreError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(foreign(path, "a file")),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(open_io(path, error)),
    }
}

/// Objects are their owner's: files inside need no modes of their own.
fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Something in the directory that a store does not put there.
fn stranger(path: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let ours = [LOCK, CREATING].contains(&&*name)
            || name == format!("{HEADER}.new")
            || (name == ENGINE && path.join(CREATING).try_exists()?);
        // Made by mkfs in the root of a volume.
        if !ours && name != "lost+found" {
            return Ok(Some(format!("it holds {name:?} and no store header")));
        }
    }
    Ok(None)
}

fn lock(path: &Path) -> Result<Lock, OpenStoreError> {
    let io = |error| open_io(path, error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join(LOCK))
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Only a courtesy: the message is as good without the number.
            let pid = match file.read_to_string(&mut text) {
                Ok(_) => text.trim().parse().ok(),
                Err(_) => None,
            };
            return Err(OpenStoreError::InUse {
                path: path.to_owned(),
                pid,
            });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let process = std::process::id();
    let mut lock = Lock { file, process };
    lock.file.set_len(0).map_err(io)?;
    writeln!(lock.file, "{process}").map_err(io)?;
    Ok(lock)
}

fn missing_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn foreign(path: &Path, found: &str) -> OpenStoreError {
    OpenStoreError::NotAStore {
        path: path.to_owned(),
        found: found.to_owned(),
    }
}

fn refused(path: &Path, why: HeaderRefused) -> OpenStoreError {
    match why {
        HeaderRefused::Foreign => foreign(path, "its file radula-store is something else"),
        HeaderRefused::Newer { found } => OpenStoreError::NewerFormat {
            path: path.to_owned(),
            found,
            supported: FORMAT,
        },
        HeaderRefused::Damaged { what } => OpenStoreError::Damaged {
            path: path.to_owned(),
            what: what.to_owned(),
            source: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_up_though_a_child_process_has_its_file_open() {
        let directory = tempfile::tempdir().unwrap();
        let held = lock(directory.path()).unwrap();
        // What a fork does to an open file.
        let inherited = held.file.try_clone().unwrap();
        let taken = lock(directory.path()).unwrap_err();
        assert!(matches!(taken, OpenStoreError::InUse { .. }), "{taken}");
        drop(held);
        lock(directory.path()).unwrap();
        drop(inherited);
    }
}
