//! Files the command writes: whole or not at all, and only where the user said.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::fd::AsFd as _,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{
            FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
        },
    },
    path::{Path, PathBuf},
};

use super::unnamed::{Unnamed, descriptor};
use crate::failure::Failure;

/// Most numbers tried after a name that is taken.
const NUMBERS: u32 = 100_000;

/// What a file is for. It decides who may read it and how safe it is when the command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// All objects: for its owner alone, as the store is, and on disk before the command answers.
    Backup,
    /// One object: for its owner alone, unless there is a file whose permissions say otherwise.
    Object,
    /// What anybody may know whom the umask lets.
    Report,
}

impl Purpose {
    fn mode(self) -> u32 {
        match self {
            Purpose::Backup | Purpose::Object => 0o600,
            Purpose::Report => 0o666,
        }
    }
}

/// A file being written.
///
/// A plain file has its name once it is whole; until then the name is another's, or nobody's. Through a link the file it
/// leads to is replaced, and the link stays. Into a pipe or a device the bytes go as they come; nothing of the kind is ever
/// replaced.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    /// As the user wrote it.
    path: &'a Path,
    purpose: Purpose,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A pipe, a device or a file the shell opened.
    Through(File),
    /// Nothing has the name.
    New { file: Unnamed, to: PathBuf },
    /// A plain file has the name.
    Instead {
        file: Unnamed,
        of: PathBuf,
        old: File,
    },
    /// A directory: the name is ours to choose.
    Within {
        file: Unnamed,
        directory: PathBuf,
        stem: String,
        suffix: &'static str,
    },
}

impl<'a> NewFile<'a> {
    /// Begins what is to have the name `path`.
    pub(crate) fn create(path: &'a Path, purpose: Purpose) -> Result<Self, Failure> {
        let place = Place::of(path, purpose).map_err(|error| cannot(path, error))?;
        Ok(Self {
            path,
            purpose,
            place,
        })
    }

    /// Begins a file in a directory, to be called `stem` and `suffix`, with a number between them if that is taken.
    pub(crate) fn create_in(
        directory: &'a Path,
        stem: String,
        suffix: &'static str,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let file =
            Unnamed::create(directory, purpose.mode()).map_err(|error| cannot(directory, error))?;
        Ok(Self {
            path: directory,
            purpose,
            place: Place::Within {
                file,
                directory: directory.to_owned(),
                stem,
                suffix,
            },
        })
    }

    /// Ends it: a plain file gets its name. Returns that name.
    pub(crate) fn finish(self) -> Result<PathBuf, Failure> {
        let Self {
            path,
            purpose,
            place,
        } = self;
        place
            .finish(path, purpose)
            .map_err(|error| cannot(path, error))
    }
}

impl Place {
    fn of(path: &Path, purpose: Purpose) -> io::Result<Self> {
        // Opening tells what is there and keeps hold of it, so that nothing can be put in its place in between.
        let opened = OpenOptions::new()
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(path);
        let old = match opened {
            Ok(old) => old,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Self::new(path, purpose);
            }
            Err(error) => return Err(explained(path, error)),
        };
        let found = old.metadata()?;
        if !found.is_file() {
            return Ok(Place::Through(old));
        }
        let of = match fs::symlink_metadata(path)?.is_symlink() {
            false => path.to_owned(),
            true => fs::read_link(descriptor(&old))?,
        };
        if is_descriptor(path) {
            return opened_before(path, &found).map(Place::Through);
        }
        if !is_same(&found, &of) {
            return Err(io::Error::other(
                "it changed while it was looked at: try again",
            ));
        }
        let file = Unnamed::create(directory_of(&of), purpose.mode())
            .map_err(|error| beside(&of, error))?;
        Ok(Place::Instead { file, of, old })
    }

    fn new(path: &Path, purpose: Purpose) -> io::Result<Self> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(io::Error::other(
                "it is a link that leads nowhere: remove it, or name another file",
            ));
        }
        if path.file_name().is_none()
            || !path.as_os_str().as_bytes().ends_with(
                path.file_name()
                    .map(|name| name.as_bytes())
                    .unwrap_or_default(),
            )
        {
            return Err(io::Error::other("there is no such directory"));
        }
        let file = Unnamed::create(directory_of(path), purpose.mode())?;
        Ok(Place::New {
            file,
            to: path.to_owned(),
        })
    }

    fn finish(self, path: &Path, purpose: Purpose) -> io::Result<PathBuf> {
        match self {
            Place::Through(_) => Ok(path.to_owned()),
            Place::New { file, to } => {
                settle(&file, purpose)?;
                file.claim(&to).map_err(|(_, error)| match error.kind() {
                    io::ErrorKind::AlreadyExists => io::Error::other(
                        "another file got this name while it was written: name another one",
                    ),
                    _ => error,
                })?;
                settle_name(&to, purpose)?;
                Ok(to)
            }
            Place::Instead { file, of, old } => {
                let old = old.metadata()?;
                settle(&file, purpose)?;
                if purpose != Purpose::Backup {
                    resemble(file.file(), &old)?;
                }
                if !is_same(&old, &of) {
                    return Err(io::Error::other(
                        "it was replaced while it was written: try again",
                    ));
                }
                file.replace(&of)?;
                settle_name(&of, purpose)?;
                Ok(path.to_owned())
            }
            Place::Within {
                mut file,
                directory,
                stem,
                suffix,
            } => {
                settle(&file, purpose)?;
                for number in 1..=NUMBERS {
                    let name = match number {
                        1 => format!("{stem}{suffix}"),
                        _ => format!("{stem}-{number}{suffix}"),
                    };
                    let to = directory.join(name);
                    match file.claim(&to) {
                        Ok(()) => {
                            settle_name(&to, purpose)?;
                            return Ok(to);
                        }
                        Err((back, error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                            file = back;
                        }
                        Err((_, error)) => return Err(error),
                    }
                }
                Err(io::Error::other(format!(
                    "all names from {stem}{suffix} on are taken"
                )))
            }
        }
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = match &self.place {
            Place::Through(file) => file,
            Place::New { file, .. } | Place::Instead { file, .. } | Place::Within { file, .. } => {
                file.file()
            }
        };
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Data before the name: a name must never lead to half a backup, power cuts included.
fn settle(file: &Unnamed, purpose: Purpose) -> io::Result<()> {
    match purpose {
        Purpose::Backup => file.file().sync_all(),
        Purpose::Object | Purpose::Report => Ok(()),
    }
}

fn settle_name(path: &Path, purpose: Purpose) -> io::Result<()> {
    match purpose {
        Purpose::Backup => File::open(directory_of(path))?.sync_all(),
        Purpose::Object | Purpose::Report => Ok(()),
    }
}

/// Owner and permissions as the replaced file had them. Only root can give a file away; others' files become ours.
fn resemble(new: &File, old: &fs::Metadata) -> io::Result<()> {
    let ours = new.metadata()?;
    if (ours.uid(), ours.gid()) != (old.uid(), old.gid()) {
        // Before the permissions, which must not hold for the wrong owner.
        match fchown(new, Some(old.uid()), Some(old.gid())) {
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            Err(_) => return Ok(()),
            Ok(()) => {}
        }
    }
    new.set_permissions(Permissions::from_mode(old.mode() & 0o777))
}

fn is_same(found: &fs::Metadata, path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|there| (there.dev(), there.ino()) == (found.dev(), found.ino()))
}

/// Whether a name leads to a descriptor of a process, as /dev/stdout and /dev/fd/3 do.
fn is_descriptor(path: &Path) -> bool {
    let mut path = path.to_owned();
    // As deep as the system itself follows links.
    for _ in 0..40 {
        let directory = fs::canonicalize(directory_of(&path)).unwrap_or_default();
        if directory.starts_with("/proc") {
            return true;
        }
        match fs::read_link(&path) {
            Ok(next) => path = directory.join(next),
            Err(_) => return false,
        }
    }
    false
}

/// The file a descriptor stands for, such as /dev/stdout. What others write to it must stay, so it is neither cut nor written
/// from its beginning: where it is our standard output it is used itself, position and all.
fn opened_before(path: &Path, found: &fs::Metadata) -> io::Result<File> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let ours = stdout.metadata()?;
    match (ours.dev(), ours.ino()) == (found.dev(), found.ino()) {
        true => Ok(stdout),
        false => OpenOptions::new().append(true).open(path),
    }
}

fn directory_of(path: &Path) -> &Path {
    let parent = path.parent();
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn explained(path: &Path, error: io::Error) -> io::Error {
    let is_socket = fs::metadata(path).is_ok_and(|found| found.file_type().is_socket());
    match is_socket {
        true => {
            io::Error::other("it is a socket, which no file can be written to: name another file")
        }
        false => error,
    }
}

fn beside(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "a new file must be made in {} first: {error}; or name - and redirect standard output",
            directory_of(path).display()
        ),
    )
}

fn cannot(path: &Path, error: io::Error) -> Failure {
    Failure::file("write", path, error)
}

#[cfg(test)]
mod tests;
