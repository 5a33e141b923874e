//! Attacks on class directories and files. For every check there is a test that takes it away and sees the attack
//! succeed: a check whose absence nobody notices checks nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "tests build the files they attack with"
)]

mod directories;
mod files;
mod names;
mod races;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{FileRefused, ScopedDir, Trust, VerifiedFile, checks::Checks};

/// Largest file the tests accept.
const LIMIT: u64 = 1 << 20;
const LIMIT_BYTES: usize = 1 << 20;

/// A class directory and a directory beside it, both fit for use.
struct Place {
    root: TempDir,
    classes: PathBuf,
    outside: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        set_mode(root.path(), 0o755);
        let place = Self {
            classes: root.path().join("classes"),
            outside: root.path().join("outside"),
            root,
        };
        for dir in [&place.classes, &place.outside] {
            fs::create_dir(dir).unwrap();
            set_mode(dir, 0o755);
        }
        place
    }

    /// Writes a class file that is fit for use.
    fn install(&self, name: &str, content: &[u8]) -> PathBuf {
        write(&self.classes.join(name), content)
    }

    fn open(&self) -> ScopedDir {
        ScopedDir::open(&self.classes, &Trust::of_this_process()).unwrap()
    }

    fn read(&self, name: &str) -> Result<VerifiedFile, FileRefused> {
        self.open().read_verified(name, LIMIT)
    }

    /// Reads with some checks taken away.
    fn read_without(&self, name: &str, absent: Checks) -> Result<VerifiedFile, FileRefused> {
        self.open()
            .read_checking(name, LIMIT, Checks::STRICT - absent, || ())
    }
}

fn write(path: &Path, content: &[u8]) -> PathBuf {
    fs::write(path, content).unwrap();
    set_mode(path, 0o644);
    path.to_owned()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs `attack`, which must be answered at once. On a busy machine the best of three attempts counts.
fn at_once<T>(attack: impl Fn() -> T) -> T {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let answer = attack();
        best = best.min(start.elapsed());
        if best < Duration::from_millis(100) {
            return answer;
        }
    }
    panic!("took {best:?}");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
