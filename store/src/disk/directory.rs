//! The store's directory: its header, and the mark a clean close leaves.
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
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    error::open_io,
    files::{self, missing_is_fine, sync_directory},
    header::{FORMAT, Header, HeaderRefused},
    inventory,
    journal::{self, Recovered, Torn},
    locks::{Held, LOCK},
    mark::{self, Changed, FileMark, Mark},
    settle,
    value::{seal, unseal},
};
use crate::{OpenStoreError, disk::key::Table};

const HEADER: &str = "radula-store";
const CLOSED: &str = "closed";
const OPENING: &str = "opening";
const CREATING: &str = "creating";
const RESTORING: &str = "restoring";
const ENGINE: &str = "engine";

/// How the store was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It was not closed since it was opened, or is new.
    Never,
    /// It was closed, and its files are as they were.
    Cleanly(Mark),
    /// It was closed at this version, and a crash interrupted its opening.
    ThenCrashed(u64),
}

/// What a close leaves of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// A snapshot that is still held keeps it open, so its files may change.
    InUse,
    /// It is closed; the next opening replays its journals.
    Journals,
    /// It is closed and everything is in its tables.
    Tables,
}

/// A store's directory, locked against every other handle.
#[derive(Debug)]
pub(super) struct Directory {
    held: Arc<Held>,
}

impl Directory {
    /// Locks the directory, making it when `create` is set. Nothing in it is touched if it is not a store, and nothing
    /// before every lock is had.
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
        let mut held = Held::take(path)?;
        let root = held.root().to_owned();
        let header = read_header(&root).map_err(io)?;
        if header.is_none() {
            if exists(&root.join(RESTORING)).map_err(io)? {
                return Err(OpenStoreError::HalfRestored {
                    path: path.to_owned(),
                });
            }
            if let Some(found) = stranger(&root).map_err(io)? {
                return Err(foreign(path, &found));
            }
            if !create {
                return Err(missing());
            }
        }
        let header = header
            .map(|bytes| Header::decode(&bytes).map_err(|why| refused(path, why)))
            .transpose()?;
        held.settle()?;
        let directory = Directory {
            held: Arc::new(held),
        };
        match header {
            Some(header) => {
                directory.check_engine()?;
                Ok((directory, header))
            }
            None => {
                // Where directories cannot be locked another process may have made the store before the files were.
                if exists(&root.join(HEADER)).map_err(io)? {
                    return Self::open_again(path, directory);
                }
                directory.begin_creation().map_err(io)?;
                Ok((directory, Header::NEW))
            }
        }
    }

    /// With every lock had, once more from the start: somebody made the store meanwhile.
    fn open_again(
        path: &Path,
        directory: Directory,
    ) -> Result<(Directory, Header), OpenStoreError> {
        drop(directory);
        Self::open(path, false)
    }

    /// Makes sure that a store that was once whole has its engine, with every table, and nothing there that the engine would
    /// stumble over.
    fn check_engine(&self) -> Result<(), OpenStoreError> {
        let io = |error| open_io(self.path(), error);
        let engine = self.engine();
        if let Some(what) = inventory::missing(&engine).map_err(io)? {
            return Err(self.damaged(what));
        }
        // The engine's lock is empty, and who tidies up takes it away; the engine wants it.
        let lock = engine.join(LOCK);
        if !exists(&lock).map_err(io)? {
            let mut options = OpenOptions::new();
            let made = options.write(true).create_new(true).mode(0o600).open(&lock);
            made.map_err(|error| io(files::named(&lock, error)))?;
        }
        Ok(())
    }

    /// Locks the directory of a store to be, making it when it is not there. What an earlier restore left in it, that was
    /// cut short, goes.
    pub(super) fn begin_restore(path: &Path) -> Result<(Directory, Header), OpenStoreError> {
        let io = |error| open_io(path, error);
        if !is_directory(path)? {
            make(path).map_err(io)?;
        }
        let mut held = Held::take(path)?;
        let root = held.root().to_owned();
        let taken = || match exists(&root.join(HEADER)).map_err(io)? {
            true => Err(OpenStoreError::Exists {
                path: path.to_owned(),
            }),
            false => Ok(()),
        };
        taken()?;
        let is_again = exists(&root.join(RESTORING)).map_err(io)?;
        if !is_again && let Some(found) = stranger(&root).map_err(io)? {
            return Err(foreign(path, &found));
        }
        held.settle()?;
        // Where directories cannot be locked somebody may have made the store before the files were.
        taken()?;
        let directory = Directory {
            held: Arc::new(held),
        };
        let clear = || {
            files::create(&root.join(RESTORING), &[])?;
            missing_is_fine(fs::remove_file(root.join(CREATING)))?;
            sync_directory(&root)?;
            directory.remove_engine()
        };
        clear().map_err(io)?;
        Ok((directory, Header::NEW))
    }

    /// The locks. Whatever outlives the store and uses its files keeps them.
    pub(super) fn held(&self) -> &Arc<Held> {
        &self.held
    }

    /// Where the store is, for messages.
    pub(super) fn path(&self) -> &Path {
        self.held.path()
    }

    /// What leads there, whatever has its name by now.
    fn root(&self) -> &Path {
        self.held.root()
    }

    /// Where the engine lives.
    pub(super) fn engine(&self) -> PathBuf {
        self.root().join(ENGINE)
    }

    /// Makes room for a new store. A creation that was cut short left an engine nobody was ever told about; one
    /// without the note of a creation was refused before.
    fn begin_creation(&self) -> io::Result<()> {
        files::create(&self.root().join(CREATING), &[])?;
        sync_directory(self.root())?;
        self.remove_engine()
    }

    fn remove_engine(&self) -> io::Result<()> {
        let engine = self.engine();
        missing_is_fine(fs::remove_dir_all(&engine)).map_err(|error| files::named(&engine, error))
    }

    /// Writes the header if there is none, the last step of creating a store, or if it is of an older format, which
    /// must be before the first row that only the newer one has.
    pub(super) fn finish_creation(&self, header: Header) -> io::Result<()> {
        if header.format < FORMAT {
            self.write_durably(HEADER, &header.upgraded().encode())?;
        } else if !exists(&self.root().join(HEADER))? {
            // The engine leaves the names of its new tables' directories unsynced, and takes a table whose directory is
            // gone for one that was removed.
            sync_directory(&self.engine().join("keyspaces"))?;
            self.write_durably(HEADER, &header.encode())?;
            // The directory's own entry: a store that vanishes with its first commits was not durable.
            match self.path().parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent)?,
                _ => sync_directory(Path::new("."))?,
            }
        }
        missing_is_fine(fs::remove_file(self.root().join(CREATING)))?;
        missing_is_fine(fs::remove_file(self.root().join(RESTORING)))
    }

    /// What the last close left, once the engine's files are found to be what it says. From here on they may change,
    /// and only [`mark_open`](Self::mark_open) ends that.
    pub(super) fn closed(&self) -> Result<Closed, OpenStoreError> {
        let io = |error| open_io(self.path(), error);
        if let Some(mark) = self.read_mark(CLOSED)? {
            match mark.changed(&self.engine()).map_err(io)? {
                None => {}
                Some(Changed::New(file)) => {
                    let what = "was not there when the store was closed; if you put it there, remove it; otherwise restore the store from a backup";
                    return Err(io(files::NotOurs::error(&self.engine().join(file), what)));
                }
                Some(Changed::Gone(file)) => {
                    let what = format!("file {ENGINE}/{file} is gone since the store was closed");
                    return Err(self.damaged(what));
                }
                Some(Changed::Differs(file)) => {
                    return Err(self.damaged(format!(
                        "file {ENGINE}/{file} is not what it was when the store was closed"
                    )));
                }
            }
            // A crash while the engine opens leaves its files changed; the version must still be the same.
            let (closed, opening) = (self.root().join(CLOSED), self.root().join(OPENING));
            fs::rename(closed, opening).map_err(io)?;
            sync_directory(self.root()).map_err(io)?;
            return Ok(Closed::Cleanly(mark));
        }
        Ok(match self.read_mark(OPENING)? {
            Some(mark) => Closed::ThenCrashed(mark.version),
            None => Closed::Never,
        })
    }

    fn read_mark(&self, name: &str) -> Result<Option<Mark>, OpenStoreError> {
        let bytes = match files::read(&self.root().join(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(open_io(self.path(), error)),
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
            Err(error) => Err(open_io(self.path(), error)),
        }
    }

    /// After a clean close: nothing was torn, so whatever is invalid is damage. The engine would take some of it for the
    /// end, and the version alone does not tell when it is in a table already.
    pub(super) fn check_journals(&self) -> Result<(), OpenStoreError> {
        match journal::damaged(&self.engine()) {
            Ok(None) => Ok(()),
            Ok(Some(path)) => Err(self.damaged_journal(&path)),
            Err(error) => Err(open_io(self.path(), error)),
        }
    }

    pub(super) fn damaged_journal(&self, journal: &Path) -> OpenStoreError {
        self.damaged(format!(
            "journal {} has an invalid batch that no crash explains",
            self.held.shown(journal).display()
        ))
    }

    pub(super) fn damaged(&self, what: String) -> OpenStoreError {
        OpenStoreError::Damaged {
            path: self.path().to_owned(),
            what,
            source: None,
        }
    }

    /// Notes that everything up to `version` is stable and nothing follows. The files are noted too when nobody
    /// writes them any more; those in `stable` were noted before.
    pub(super) fn mark_closed(
        &self,
        version: u64,
        left: Left,
        stable: &[FileMark],
    ) -> io::Result<()> {
        let engine = self.engine();
        let files = match left {
            Left::InUse => Vec::new(),
            Left::Journals => mark::sync(&engine, stable)?,
            Left::Tables => {
                mark::sync(&engine, stable)?;
                settle::empty_journals(&engine)?;
                mark::files(&engine)?
            }
        };
        let mark = Mark { version, files }.encode();
        self.write_durably(CLOSED, &seal(CLOSED.as_bytes(), mark))
    }

    /// Takes the mark away, before the first commit.
    pub(super) fn mark_open(&self) -> io::Result<()> {
        match fs::remove_file(self.root().join(OPENING)) {
            Ok(()) => sync_directory(self.root()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes a small file whole or not at all.
    fn write_durably(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.root().join(format!("{name}.new"));
        files::create(&new, bytes)?;
        let whole = self.root().join(name);
        fs::rename(&new, &whole).map_err(|error| files::named(&whole, error))?;
        sync_directory(self.root())
    }
}

/// The header's bytes; `None` when there is none.
fn read_header(root: &Path) -> io::Result<Option<Vec<u8>>> {
    match files::read(&root.join(HEADER)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether anything has this name, a link that leads nowhere included.
fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(files::named(path, error)),
    }
}

/// Whether there is a directory.
fn is_directory(path: &Path) -> Result<bool, OpenStoreError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(foreign(path, "a file")),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(open_io(path, files::named(path, error))),
    }
}

/// Objects are their owner's: files inside need no modes of their own.
fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| files::named(path, error))
}

/// Something in the directory that a store does not put there.
fn stranger(path: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let ours = [LOCK, CREATING].contains(&&*name)
            || name == format!("{HEADER}.new")
            || (name == ENGINE && exists(&path.join(CREATING))?);
        // Made by mkfs in the root of a volume.
        if !ours && name != "lost+found" {
            return Ok(Some(format!("it holds {name:?} and no store header")));
        }
    }
    Ok(None)
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
