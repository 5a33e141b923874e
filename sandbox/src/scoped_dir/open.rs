//! Opening one file beneath the directory, and the checks on what was opened.

use std::{io, os::fd::AsFd};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{File, OpenOptions, OpenOptionsExt};
use rustix::fs::{AtFlags, FileType, OFlags, Stat};

use super::{ScopedDir, check_name};
use crate::{FileIdentity, FileRefused, checks::Checks, walk};

impl ScopedDir {
    /// Opens and checks, but does not read.
    pub(super) fn open_checked(
        &self,
        name: &str,
        max_size: u64,
        checks: Checks,
    ) -> Result<(File, Stat), FileRefused> {
        check_name(name)?;
        // The directory was checked when it was opened, but its mode may have changed since.
        walk::recheck(&self.fd, &self.path, &self.trust, checks)
            .map_err(|refused| FileRefused::Directory(refused.into()))?;
        let file = self.open_file(name, checks)?;
        // From here on only the open file counts: its name may already mean another.
        let facts = facts_of(&file).map_err(self.unreadable(name))?;
        self.check_file(name, &facts, max_size, checks)?;
        Ok((file, facts))
    }

    fn open_file(&self, name: &str, checks: Checks) -> Result<File, FileRefused> {
        let mut options = OpenOptions::new();
        options.read(true);
        // A terminal must not become ours by being opened.
        options.custom_flags(OFlags::NOCTTY.bits().cast_signed());
        options.nonblock(checks.contains(Checks::NO_BLOCK));
        if checks.contains(Checks::NO_FOLLOW) {
            options.follow(FollowSymlinks::No);
        }
        let behind = self.behind_links(name).unwrap_or_else(|_| name.to_owned());
        self.dir
            .open_with(behind, &options)
            .map_err(|error| self.explain_open(name, error))
    }

    /// Says what it is that could not be opened; the answer was no in any case.
    fn explain_open(&self, name: &str, error: io::Error) -> FileRefused {
        let path = self.path.join(name);
        if error.kind() == io::ErrorKind::NotFound {
            return FileRefused::Missing { path };
        }
        let kind = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
            .map(|facts| FileType::from_raw_mode(facts.st_mode));
        match kind {
            Ok(FileType::Symlink) => FileRefused::Symlink { path },
            Ok(FileType::RegularFile) | Err(_) => FileRefused::Unreadable {
                path,
                source: error,
            },
            Ok(kind) => FileRefused::NotRegular {
                path,
                kind: kind_name(kind),
            },
        }
    }

    fn check_file(
        &self,
        name: &str,
        facts: &Stat,
        limit: u64,
        checks: Checks,
    ) -> Result<(), FileRefused> {
        let path = || self.path.join(name);
        let kind = FileType::from_raw_mode(facts.st_mode);
        if checks.contains(Checks::REGULAR) && kind != FileType::RegularFile {
            return Err(FileRefused::NotRegular {
                path: path(),
                kind: kind_name(kind),
            });
        }
        if checks.contains(Checks::OWNER) && !self.trust.contains(facts.st_uid) {
            return Err(FileRefused::Owner {
                path: path(),
                owner: facts.st_uid,
                trust: self.trust.clone(),
            });
        }
        let mode = facts.st_mode & 0o7777;
        if checks.contains(Checks::MODE) && mode & 0o002 != 0 {
            return Err(FileRefused::WorldWritable { path: path(), mode });
        }
        if checks.contains(Checks::MODE) && mode & 0o020 != 0 {
            return Err(FileRefused::GroupWritable { path: path(), mode });
        }
        // The count is that of this moment: 0 or 1 may mean that the name was replaced since it was opened. What is
        // open is still a trusted user's file that nobody else can write; the check is there to find slips.
        if checks.contains(Checks::LINKS) && facts.st_nlink > 1 {
            return Err(FileRefused::HardLinked {
                path: path(),
                links: facts.st_nlink,
            });
        }
        let size = FileIdentity::new(facts).size();
        if checks.contains(Checks::SIZE) && size > limit {
            return Err(FileRefused::TooLarge {
                path: path(),
                size,
                limit,
            });
        }
        if checks.contains(Checks::SIZE) && size == 0 {
            return Err(FileRefused::Empty { path: path() });
        }
        Ok(())
    }
}

pub(super) fn facts_of(file: &File) -> io::Result<Stat> {
    Ok(rustix::fs::fstat(file.as_fd())?)
}

fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "regular file",
        FileType::Directory => "directory",
        FileType::Symlink => "symbolic link",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        FileType::CharacterDevice => "character device",
        FileType::BlockDevice => "block device",
        FileType::Unknown => "file of unknown kind",
    }
}
