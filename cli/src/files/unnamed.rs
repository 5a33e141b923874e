//! A file beside its place that has no name yet, or one nobody can guess.

use std::{
    fs::{File, OpenOptions, Permissions},
    io,
    os::{
        fd::{AsFd, AsRawFd as _},
        unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD};
use tempfile::{Builder, NamedTempFile};

/// What a file beside its place is called where it must have a name.
const PREFIX: &str = ".radula-";

/// A new file in a directory, empty and nobody else's.
///
/// Where the file system can, it has no name at all: nothing is left of it, however the process ends. Elsewhere it has a
/// random name, is made with `O_EXCL`, and is removed unless the process is killed.
#[derive(Debug)]
pub(super) enum Unnamed {
    Nameless { file: File, directory: PathBuf },
    Named(NamedTempFile),
}

impl Unnamed {
    /// Makes it. The umask is taken from `mode`.
    pub(super) fn create(directory: &Path, mode: u32) -> io::Result<Self> {
        Self::nameless(directory, mode).or_else(|_| Self::named(directory, mode))
    }

    fn nameless(directory: &Path, mode: u32) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .mode(mode)
            .custom_flags(libc::O_TMPFILE)
            .open(directory)?;
        // Without /proc it could never get a name.
        std::fs::symlink_metadata(descriptor(&file))?;
        Ok(Self::Nameless {
            file,
            directory: directory.to_owned(),
        })
    }

    fn named(directory: &Path, mode: u32) -> io::Result<Self> {
        Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)
            .map(Self::Named)
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Self::Nameless { file, .. } => file,
            Self::Named(file) => file.as_file(),
        }
    }

    /// Gives it a name that nothing has. `Err` gives the file back, with why.
    pub(super) fn claim(self, path: &Path) -> Result<(), (Self, io::Error)> {
        match self {
            Self::Nameless { file, directory } => match link(&file, path) {
                Ok(()) => Ok(()),
                Err(error) => Err((Self::Nameless { file, directory }, error)),
            },
            Self::Named(file) => match file.persist_noclobber(path) {
                Ok(_) => Ok(()),
                Err(failed) => Err((Self::Named(failed.file), failed.error)),
            },
        }
    }

    /// Gives it a name, replacing the file that has it.
    pub(super) fn replace(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Nameless { file, directory } => Builder::new()
                .prefix(PREFIX)
                .make_in(directory, |name| link(&file, name))?
                .persist(path)
                .map(drop)
                .map_err(|failed| failed.error),
            Self::Named(file) => file.persist(path).map(drop).map_err(|failed| failed.error),
        }
    }
}

/// The path `/proc` has for an open file.
pub(super) fn descriptor(file: impl AsFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd()))
}

fn link(file: &File, name: &Path) -> io::Result<()> {
    rustix::fs::linkat(CWD, descriptor(file), CWD, name, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    type Make = fn(&Path, u32) -> io::Result<Unnamed>;

    /// Every way to make one must keep every promise; the directory of the tests allows both.
    const WAYS: [Make; 2] = [Unnamed::nameless, Unnamed::named];

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_name_that_is_taken_is_not_claimed_and_the_file_can_have_another() {
        for make in WAYS {
            let scratch = tempfile::tempdir().unwrap();
            let taken = scratch.path().join("taken");
            fs::write(&taken, "precious").unwrap();
            let new = make(scratch.path(), 0o600).unwrap();
            new.file().write_all(b"new").unwrap();
            let (new, error) = new.claim(&taken).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            new.claim(&scratch.path().join("other")).unwrap();
            assert_eq!(fs::read(&taken).unwrap(), b"precious");
            assert_eq!(names(scratch.path()), ["other", "taken"]);
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        for make in WAYS {
            let scratch = tempfile::tempdir().unwrap();
            let old = scratch.path().join("old");
            fs::write(&old, "old").unwrap();
            let new = make(scratch.path(), 0o600).unwrap();
            new.file().write_all(b"new").unwrap();
            assert_eq!(fs::read(&old).unwrap(), b"old");
            new.replace(&old).unwrap();
            assert_eq!(fs::read(&old).unwrap(), b"new");
            let mode = fs::metadata(&old).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(names(scratch.path()), ["old"]);
        }
    }

    #[test]
    fn nothing_is_left_of_a_file_that_got_no_name() {
        for make in WAYS {
            let scratch = tempfile::tempdir().unwrap();
            let new = make(scratch.path(), 0o600).unwrap();
            new.file().write_all(b"new").unwrap();
            drop(new);
            assert_eq!(names(scratch.path()), [""; 0]);
        }
    }
}
