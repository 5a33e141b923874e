//! A directory of files we made ourselves, which nobody else may so much as read.

use std::{
    io::{self, Write as _},
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use crate::{DirRefused, FileRefused, ScopedDir, Trust, VerifiedFile, ambient};

/// What names of files that are still being written begin with.
const UNFINISHED: &str = ".new-";

/// A directory that belongs to the user this process runs as, mode 0700, for what this program writes and later believes:
/// a cache.
///
/// What is read is checked like a class file: regular, one name, ours or root's, writable by nobody else. What is written
/// appears whole, under its name, or not at all.
///
/// # Non-guarantees
/// Nothing is synced: after a power cut a file may be torn. Its reader must be able to tell.
#[derive(Debug)]
pub struct PrivateDir {
    dir: ScopedDir,
    fd: OwnedFd,
}

/// A file of a [`PrivateDir`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateEntry {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, or [touched](PrivateDir::touch).
    pub used: SystemTime,
    /// Whether it is what a writer left that did not come to its end.
    pub is_unfinished: bool,
}

impl PrivateDir {
    /// Opens the directory at `path`, which must be absolute, and makes it, with the directories above it, where missing.
    ///
    /// # Errors
    /// As [`ScopedDir::open`]; and it is somebody else's, or others may look into it.
    pub fn open_or_create(path: &Path) -> Result<Self, DirRefused> {
        let unreadable = |source: io::Error| DirRefused::Unreadable {
            path: path.to_owned(),
            source,
        };
        if !path.is_absolute() {
            return Err(unreadable(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path is not absolute",
            )));
        }
        ambient::create_private_directories(path).map_err(unreadable)?;
        let trust = Trust::of_this_process();
        let dir = ScopedDir::open(path, &trust)?;
        let fd = dir.descriptor().map_err(unreadable)?;
        let facts = rustix::fs::fstat(&fd).map_err(|errno| unreadable(errno.into()))?;
        let mode = facts.st_mode & 0o7777;
        if facts.st_uid != ambient::effective_user() || mode & 0o077 != 0 {
            return Err(DirRefused::NotPrivate {
                path: dir.path().to_owned(),
                owner: facts.st_uid,
                mode,
            });
        }
        Ok(Self { dir, fd })
    }

    /// Reads the file `name`, at most `max_size` bytes, after every check of a class file.
    ///
    /// # Errors
    /// As [`ScopedDir::read_verified`].
    pub fn read(&self, name: &str, max_size: u64) -> Result<VerifiedFile, FileRefused> {
        self.dir.read_verified(name, max_size)
    }

    /// Writes `pieces`, one after the other, to the file `name`, in the place of what had that name.
    ///
    /// # Errors
    /// The system refused; nothing has changed under that name.
    pub fn write(&self, name: &str, pieces: &[&[u8]]) -> io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        one_component(name)?;
        let unfinished = format!(
            "{UNFINISHED}{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        // A process of the same number may have left one; it is nobody's.
        let _ = self.remove(&unfinished);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, &unfinished, flags, Mode::from(0o600))?;
        let mut file = std::fs::File::from(fd);
        let written = pieces
            .iter()
            .try_for_each(|piece| file.write_all(piece))
            .and_then(|()| Ok(rustix::fs::renameat(&self.fd, &unfinished, &self.fd, name)?));
        if written.is_err() {
            let _ = self.remove(&unfinished);
        }
        written
    }

    /// Removes the file `name`.
    ///
    /// # Errors
    /// There is none, or the system refused.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        one_component(name)?;
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    /// Notes that the file `name` was used now.
    ///
    /// # Errors
    /// There is none, or the system refused.
    pub fn touch(&self, name: &str) -> io::Result<()> {
        one_component(name)?;
        let at = |nanoseconds| Timespec {
            tv_sec: 0,
            tv_nsec: nanoseconds,
        };
        let times = Timestamps {
            last_access: at(UTIME_OMIT),
            last_modification: at(UTIME_NOW),
        };
        Ok(rustix::fs::utimensat(
            &self.fd,
            name,
            &times,
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    /// Every regular file, in no order.
    ///
    /// # Errors
    /// The system refused.
    pub fn entries(&self) -> io::Result<Vec<PrivateEntry>> {
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(self.fd.as_fd())? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let Ok(facts) = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(facts.st_mode) != FileType::RegularFile {
                continue;
            }
            let seconds = u64::try_from(facts.st_mtime).unwrap_or(0);
            entries.push(PrivateEntry {
                name: name.to_owned(),
                size: u64::try_from(facts.st_size).unwrap_or(0),
                used: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
                is_unfinished: name.starts_with(UNFINISHED),
            });
        }
        Ok(entries)
    }
}

fn one_component(name: &str) -> io::Result<()> {
    if name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '\0']) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the name is not one path component",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at what was made")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn scratch() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn what_is_missing_is_made_for_us_alone() {
        let scratch = scratch();
        let path = scratch.path().join("a/b/cache");
        let dir = PrivateDir::open_or_create(&path).unwrap();
        for made in ["a", "a/b", "a/b/cache"] {
            let mode = scratch.path().join(made).metadata().unwrap().permissions();
            assert_eq!(mode.mode() & 0o7777, 0o700, "{made}");
        }
        dir.write("x", &[b"one ", b"two"]).unwrap();
        assert_eq!(&dir.read("x", 100).unwrap().bytes[..], b"one two");
        dir.write("x", &[b"three"]).unwrap();
        let entries = dir.entries().unwrap();
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!((entries[0].name.as_str(), entries[0].size), ("x", 5));
        dir.remove("x").unwrap();
        assert!(dir.entries().unwrap().is_empty());
    }

    #[test]
    fn a_directory_others_may_look_into_is_refused() {
        let scratch = scratch();
        for mode in [0o750, 0o701, 0o1777, 0o770] {
            let path = scratch.path().join(format!("{mode:o}"));
            PrivateDir::open_or_create(&path).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert!(PrivateDir::open_or_create(&path).is_err(), "{mode:o}");
        }
    }

    #[test]
    fn a_relative_path_and_a_path_for_a_name_are_refused() {
        assert!(PrivateDir::open_or_create(Path::new("cache")).is_err());
        let scratch = scratch();
        let dir = PrivateDir::open_or_create(&scratch.path().join("c")).unwrap();
        for name in ["", ".", "..", "../x", "a/b"] {
            assert!(dir.write(name, &[b"x"]).is_err(), "{name}");
            assert!(dir.remove(name).is_err(), "{name}");
            assert!(dir.touch(name).is_err(), "{name}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "lays out what an attacker would")]
    fn links_and_what_others_may_write_are_not_read() {
        let scratch = scratch();
        let path = scratch.path().join("c");
        let dir = PrivateDir::open_or_create(&path).unwrap();
        let outside = scratch.path().join("outside");
        std::fs::write(&outside, "evil").unwrap();
        std::fs::hard_link(&outside, path.join("hard")).unwrap();
        std::os::unix::fs::symlink(&outside, path.join("soft")).unwrap();
        std::fs::write(path.join("open"), "evil").unwrap();
        std::fs::set_permissions(path.join("open"), PermissionsExt::from_mode(0o666)).unwrap();
        for name in ["hard", "soft", "open"] {
            assert!(dir.read(name, 100).is_err(), "{name}");
        }
        // Writing replaces the name, not what it leads to.
        dir.write("soft", &[b"ours"]).unwrap();
        assert_eq!(&dir.read("soft", 100).unwrap().bytes[..], b"ours");
        assert_eq!(std::fs::read(&outside).unwrap(), b"evil");
    }
}
