//! A class directory, held open.

mod links;
mod open;

use std::{
    fmt,
    io::{self, Read},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use cap_std::fs::Dir;
use objclass::Digest;
use rustix::{
    fs::{AtFlags, Stat},
    io::Errno,
};

use self::open::facts_of;
use crate::{
    DirRefused, FileIdentity, FileRefused, Inspected, Listing, Trust, VerifiedFile, checks::Checks,
    walk,
};

/// Longest piece of a refused file name repeated in an error, in characters.
const MAX_NAME: usize = 128;

/// A directory of class files, opened once and kept: whatever its path leads to later, files come from the
/// directory that was checked.
///
/// No method blocks on what it finds: FIFOs, sockets and devices are refused, not waited for.
///
/// # Non-guarantees
/// A file system that does not answer (a dead network mount) can still block. A sticky directory writable by
/// others is accepted; others can occupy names in it with files that are refused, but cannot have one read.
pub struct ScopedDir {
    path: PathBuf,
    dir: Dir,
    /// The same directory again, since cap-std lends its descriptor only as a type of its own.
    fd: OwnedFd,
    trust: Trust,
}

impl fmt::Debug for ScopedDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedDir").field(&self.path).finish()
    }
}

impl ScopedDir {
    /// Opens the directory at `path` (relative paths start at the working directory) and checks it and every
    /// directory above it: owned by a user `trust` contains, not writable by others unless sticky.
    ///
    /// # Errors
    /// [`DirRefused`] names the path at fault.
    pub fn open(path: &Path, trust: &Trust) -> Result<Self, DirRefused> {
        Self::open_checking(path, trust, trust.checks())
    }

    pub(crate) fn open_checking(
        path: &Path,
        trust: &Trust,
        checks: Checks,
    ) -> Result<Self, DirRefused> {
        let (fd, path) = walk::open_directory(path, trust, checks)?;
        let unreadable = |source| DirRefused::Unreadable {
            path: path.clone(),
            source,
        };
        let dir = Dir::from_std_file(fd.try_clone().map_err(unreadable)?.into());
        Ok(Self {
            path,
            dir,
            fd,
            trust: trust.clone(),
        })
    }

    /// Where it was found, free of symbolic links; for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory itself, for what is done in it beside reading.
    pub(crate) fn descriptor(&self) -> io::Result<OwnedFd> {
        self.fd.try_clone()
    }

    /// Whether the directory was removed since it was opened. Nothing can be added to it any more.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        rustix::fs::fstat(&self.fd).is_ok_and(|facts| facts.st_nlink == 0)
    }

    /// Looks at what is called `name` without opening it; behind a link to a version of that name, at what it leads to. `None`
    /// when there is nothing.
    ///
    /// # Errors
    /// [`FileRefused::Name`] when `name` is not one path component, [`FileRefused::Unreadable`] when the system
    /// does not say.
    pub fn identity(&self, name: &str) -> Result<Option<FileIdentity>, FileRefused> {
        check_name(name)?;
        let found = self
            .behind_links(name)
            .and_then(|name| rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW));
        match found {
            Ok(facts) => Ok(Some(FileIdentity::new(&facts))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.unreadable(name)(errno.into())),
        }
    }

    /// Opens the file `name`, checks what was opened, and only then reads it: at most `max_size` bytes.
    ///
    /// # Errors
    /// [`FileRefused`] says which check failed and what to do. Nothing was read unless it is
    /// [`Grew`](FileRefused::Grew), [`Shrank`](FileRefused::Shrank) or [`Rewritten`](FileRefused::Rewritten).
    pub fn read_verified(&self, name: &str, max_size: u64) -> Result<VerifiedFile, FileRefused> {
        self.read_checking(name, max_size, self.trust.checks(), || ())
    }

    /// Reads the file at `path` for its author, who may not have installed it yet: what only matters for an
    /// installed file becomes an objection instead of an error.
    ///
    /// # Errors
    /// As [`read_verified`](ScopedDir::read_verified) for all other checks.
    pub fn inspect(path: &Path, trust: &Trust, max_size: u64) -> Result<Inspected, FileRefused> {
        let no_name = || FileRefused::Name {
            name: path.display().to_string().chars().take(MAX_NAME).collect(),
        };
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(no_name)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let dir = Self::open_checking(parent, trust, Checks::AUTHOR)
            .map_err(|refused| FileRefused::Directory(refused.into()))?;
        let file = dir.read_checking(name, max_size, Checks::AUTHOR, || ())?;
        let mut objections = Vec::new();
        if let Err(refused) = Self::open(parent, trust) {
            objections.push(FileRefused::Directory(refused.into()));
        }
        for check in [Checks::OWNER, Checks::MODE, Checks::LINKS] {
            if let Err(refused) = dir.open_checked(name, max_size, Checks::AUTHOR | check) {
                objections.push(refused);
            }
        }
        Ok(Inspected { file, objections })
    }

    /// Lists the file names that may be those of class files.
    ///
    /// # Errors
    /// [`DirRefused`] when the directory cannot be read.
    pub fn names(&self) -> Result<Listing, DirRefused> {
        self.names_up_to(Listing::MAX_ENTRIES)
    }

    pub(crate) fn names_up_to(&self, max: usize) -> Result<Listing, DirRefused> {
        let unreadable = |source: io::Error| DirRefused::Unreadable {
            path: self.path.clone(),
            source,
        };
        let mut listing = Listing::default();
        for (count, entry) in self.dir.entries().map_err(unreadable)?.enumerate() {
            if count == max {
                listing.truncated = true;
                break;
            }
            let name = entry.map_err(unreadable)?.file_name();
            listing.take(name.as_encoded_bytes());
        }
        listing.names.sort_unstable();
        Ok(listing)
    }

    /// `after_check` runs between the checks and the read, where tests do what an attacker would.
    pub(crate) fn read_checking(
        &self,
        name: &str,
        max_size: u64,
        checks: Checks,
        after_check: impl FnOnce(),
    ) -> Result<VerifiedFile, FileRefused> {
        let (file, facts) = self.open_checked(name, max_size, checks)?;
        after_check();
        let path = self.path.join(name);
        let identity = FileIdentity::new(&facts);
        let size = identity.size();
        // One byte beyond the size tells a file that grew; no size known here is above the limit.
        let room = size.min(max_size);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
        (&file)
            .take(room.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(self.unreadable(name))?;
        let read = bytes.len() as u64;
        if checks.contains(Checks::LENGTH) {
            if read > size {
                return Err(FileRefused::Grew { path, size });
            }
            if read < size {
                return Err(FileRefused::Shrank { path, size, read });
            }
        }
        let afterwards = facts_of(&file).map_err(self.unreadable(name))?;
        if checks.contains(Checks::STABLE) && !same_content(&facts, &afterwards) {
            return Err(FileRefused::Rewritten { path });
        }
        Ok(VerifiedFile {
            path,
            digest: Digest(*blake3::hash(&bytes).as_bytes()),
            bytes: Bytes::from(bytes),
            identity,
        })
    }

    #[cfg(test)]
    pub(crate) fn cap_std_opens(&self, path: &str) -> bool {
        self.dir.open(path).is_ok()
    }

    fn unreadable(&self, name: &str) -> impl FnOnce(io::Error) -> FileRefused {
        let path = self.path.join(name);
        |source| FileRefused::Unreadable { path, source }
    }
}

/// A name reaches the directory only as one component: the checks after it do not depend on this, but a path
/// would make them check a file elsewhere.
fn check_name(name: &str) -> Result<(), FileRefused> {
    let refused = name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '\0']);
    if refused {
        return Err(FileRefused::Name {
            name: name.chars().take(MAX_NAME).collect(),
        });
    }
    Ok(())
}

/// Whether nothing was written in between. The change time is left out: a rename over the name or a chmod moves
/// it and leaves the content alone.
fn same_content(before: &Stat, after: &Stat) -> bool {
    before.st_size == after.st_size
        && before.st_mtime == after.st_mtime
        && before.st_mtime_nsec == after.st_mtime_nsec
}
