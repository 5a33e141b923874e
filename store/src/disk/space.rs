//! Room on the disk, asked before a commit rather than found missing in the middle of one.
//!
//! A write that fails for want of space stops the store until it is opened again. So commits are refused, harmlessly,
//! while some space is still left: what is kept back is for tables, journals and removals.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::{CommitError, unpoisoned::unpoisoned};

/// How long an answer of the system is good: others fill the disk too.
const GOOD_FOR: Duration = Duration::from_millis(100);

/// What is known of the room left.
#[derive(Debug)]
pub(super) struct Space {
    path: PathBuf,
    reserve: u64,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    until: Instant,
    free: u64,
}

impl Space {
    pub(super) fn new(path: &Path, reserve: u64) -> Self {
        Self {
            path: path.to_owned(),
            reserve,
            known: Mutex::new(Known {
                until: Instant::now(),
                free: 0,
            }),
        }
    }

    /// Takes room for a commit of `bytes`. One that only removes may use half of what is kept back.
    pub(super) fn take(&self, bytes: u64, removes: bool) -> Result<(), CommitError> {
        self.take_at(Instant::now(), bytes, removes, || free(&self.path))
    }

    fn take_at(
        &self,
        now: Instant,
        bytes: u64,
        removes: bool,
        ask: impl FnOnce() -> io::Result<u64>,
    ) -> Result<(), CommitError> {
        if self.reserve == 0 {
            return Ok(());
        }
        let mut known = unpoisoned(self.known.lock());
        let kept = if removes {
            self.reserve / 2
        } else {
            self.reserve
        };
        if now >= known.until || known.free < kept.saturating_add(bytes) {
            // A file system that does not tell is written until it fails.
            known.free = ask().unwrap_or(u64::MAX);
            known.until = now + GOOD_FOR;
        }
        if known.free < kept.saturating_add(bytes) {
            return Err(CommitError::NoSpace {
                free: known.free,
                reserve: self.reserve,
            });
        }
        // Written to the journal and later to a table.
        known.free -= bytes.saturating_mul(2).min(known.free);
        Ok(())
    }
}

/// Bytes this user can still write on the file system of `path`.
fn free(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_stop_before_the_disk_is_full_and_go_on_when_there_is_room() {
        let space = Space::new(Path::new("/"), 1000);
        let start = Instant::now();
        let take = |ms, bytes, removes, free| {
            let now = start + Duration::from_millis(ms);
            space.take_at(now, bytes, removes, || Ok(free)).is_ok()
        };
        assert!(take(200, 100, false, 1100));
        assert!(
            !take(201, 1, false, 900),
            "the room that was known is used up"
        );
        assert!(take(202, 1, true, 900), "removing makes room");
        assert!(!take(350, 1, true, 400), "but not without end");
        assert!(
            take(351, 1, false, 5000),
            "a refusal is never answered from memory"
        );
        assert!(!take(500, 1, false, 900), "an old answer is asked again");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any directory there is")]
    fn the_system_answers_for_the_path() {
        assert!(free(&std::env::temp_dir()).unwrap() > 0);
        assert!(free(Path::new("/no/such/directory")).is_err());
    }
}
