//! From a path to a directory descriptor, checking everything on the way.
//!
//! The walk opens one component after the other beneath the descriptor of the one before, and checks what it
//! opened, not what a path said a moment ago. Symbolic links are resolved here rather than by the kernel, since
//! the owner of a link decides where it leads.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    io,
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::{Component, Path, PathBuf},
};

use rustix::fs::{FileType, Mode, OFlags, Stat};

use crate::{DirRefused, Trust, ambient, checks::Checks};

/// As many as Linux follows.
const MAX_LINKS: u32 = 40;

/// A directory on the way, and the path it was reached by.
struct Opened {
    fd: OwnedFd,
    path: PathBuf,
}

/// Opens the directory at `path` for reading, and returns it with its path free of symbolic links.
pub(crate) fn open_directory(
    path: &Path,
    trust: &Trust,
    checks: Checks,
) -> Result<(OwnedFd, PathBuf), DirRefused> {
    let mut todo: VecDeque<OsString> = components(path);
    if path.is_relative() {
        let start = ambient::working_directory().map_err(unreadable(path))?;
        for component in components(&start).into_iter().rev() {
            todo.push_front(component);
        }
    }
    let root = Opened {
        fd: ambient::root_directory().map_err(unreadable(Path::new("/")))?,
        path: PathBuf::from("/"),
    };
    check_directory(&root, &stat(&root)?, trust, checks)?;
    let mut steps = vec![root];
    let mut links = 0;
    while let Some(component) = todo.pop_front() {
        let Some(here) = steps.last() else {
            unreachable!("the root is never popped");
        };
        if component == ".." {
            if steps.len() > 1 {
                steps.pop();
            }
            continue;
        }
        let next = open_component(here, &component)?;
        let facts = stat(&next)?;
        match FileType::from_raw_mode(facts.st_mode) {
            FileType::Symlink => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(DirRefused::TooManyLinks { path: next.path });
                }
                if checks.contains(Checks::DIR_LINKS) && !trust.contains(facts.st_uid) {
                    return Err(DirRefused::LinkOwner {
                        path: next.path,
                        owner: facts.st_uid,
                    });
                }
                let target = link_target(&next)?;
                if target.is_absolute() {
                    steps.truncate(1);
                }
                for component in components(&target).into_iter().rev() {
                    todo.push_front(component);
                }
            }
            FileType::Directory => {
                check_directory(&next, &facts, trust, checks)?;
                steps.push(next);
            }
            _ => return Err(DirRefused::NotADirectory { path: next.path }),
        }
    }
    let Some(last) = steps.pop() else {
        unreachable!("the root is never popped");
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(&last.fd, ".", flags, Mode::empty())
        .map_err(|errno| unreadable(&last.path)(errno.into()))?;
    Ok((fd, last.path))
}

/// Checks a directory whose descriptor is at hand, by its own facts.
pub(crate) fn recheck(
    fd: &OwnedFd,
    path: &Path,
    trust: &Trust,
    checks: Checks,
) -> Result<(), DirRefused> {
    let facts = rustix::fs::fstat(fd).map_err(|errno| unreadable(path)(errno.into()))?;
    check_facts(path, &facts, trust, checks)
}

/// The components to walk; the root and `.` are no steps.
fn components(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

fn open_component(here: &Opened, name: &OsStr) -> Result<Opened, DirRefused> {
    let path = here.path.join(name);
    // O_PATH opens neither devices nor FIFOs, only names; O_NOFOLLOW makes that the link itself.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(&here.fd, name, flags, Mode::empty()) {
        Ok(fd) => Ok(Opened { fd, path }),
        Err(rustix::io::Errno::NOENT) => Err(DirRefused::Missing { path }),
        Err(errno) => Err(unreadable(&path)(errno.into())),
    }
}

fn link_target(link: &Opened) -> Result<PathBuf, DirRefused> {
    // An empty path means the descriptor itself.
    let target = rustix::fs::readlinkat(&link.fd, "", Vec::new())
        .map_err(|errno| unreadable(&link.path)(errno.into()))?;
    Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

fn stat(step: &Opened) -> Result<Stat, DirRefused> {
    rustix::fs::fstat(&step.fd).map_err(|errno| unreadable(&step.path)(errno.into()))
}

fn check_directory(
    step: &Opened,
    facts: &Stat,
    trust: &Trust,
    checks: Checks,
) -> Result<(), DirRefused> {
    check_facts(&step.path, facts, trust, checks)
}

/// As sshd's `StrictModes`, except that a sticky directory such as `/tmp` may be writable: in it nobody can
/// rename or remove what belongs to a trusted user, and what belongs to others is refused one step later.
fn check_facts(path: &Path, facts: &Stat, trust: &Trust, checks: Checks) -> Result<(), DirRefused> {
    if checks.contains(Checks::DIR_OWNER) && !trust.contains(facts.st_uid) {
        return Err(DirRefused::Owner {
            path: path.to_owned(),
            owner: facts.st_uid,
            trust: trust.clone(),
        });
    }
    let mode = facts.st_mode & 0o7777;
    let sticky = mode & 0o1000 != 0;
    if checks.contains(Checks::DIR_MODE) && !sticky {
        if mode & 0o002 != 0 {
            return Err(DirRefused::WorldWritable {
                path: path.to_owned(),
                mode,
            });
        }
        if mode & 0o020 != 0 {
            return Err(DirRefused::GroupWritable {
                path: path.to_owned(),
                mode,
            });
        }
    }
    Ok(())
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> DirRefused {
    let path = path.to_owned();
    |source| DirRefused::Unreadable { path, source }
}
