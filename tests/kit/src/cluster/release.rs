//! Whose daemons: the installed ones, or those of a newer release unpacked in the target directory.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for programs and describes how to start them"
)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A release of Ceph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The packages of this machine.
    Installed,
    /// 18.2 as Debian 13 has it, unpacked beside what the tests were built of.
    Eighteen,
}

/// A part of Ceph this machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not on this machine; run `cargo xtask install`")]
pub struct Missing {
    /// The part.
    pub what: &'static str,
}

impl Release {
    /// Whether its daemons are here, and what tests need beside them.
    ///
    /// # Errors
    /// [`Missing`] names the first part that is not.
    pub fn check(self) -> Result<(), Missing> {
        let starts = |program: &str, argument: &str| {
            Command::new(program)
                .arg(argument)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        let missing = |what| Err(Missing { what });
        if !starts("ceph-authtool", "--help") {
            return missing("ceph-common");
        }
        if !starts("setpriv", "--version") {
            return missing("setpriv of util-linux");
        }
        if !super::client::python_has_rados() {
            return missing("python3-rados");
        }
        match self {
            Release::Installed if !starts("ceph-mon", "--version") => missing("ceph-mon"),
            Release::Installed if !starts("ceph-osd", "--version") => missing("ceph-osd"),
            Release::Eighteen if !unpacked().join("unpacked").exists() => {
                missing("Ceph 18.2 in target/tools/ceph-18")
            }
            Release::Installed | Release::Eighteen => Ok(()),
        }
    }

    /// Whether its classes are here.
    ///
    /// # Errors
    /// [`Missing`] when they are not.
    pub fn check_classes(self) -> Result<(), Missing> {
        if self.stock_classes().join("libcls_lock.so").exists() {
            return Ok(());
        }
        Err(Missing {
            what: match self {
                Release::Installed => "the classes of ceph-osd",
                Release::Eighteen => "Ceph 18.2 in target/tools/ceph-18",
            },
        })
    }

    /// Whether classes can be built against the headers of the packages of this machine.
    ///
    /// # Errors
    /// [`Missing`] when they are not here.
    pub fn check_headers() -> Result<(), Missing> {
        let headers = ["rados/objclass.h", "rados/buffer.h"];
        if headers
            .iter()
            .all(|header| Path::new("/usr/include").join(header).exists())
        {
            return Ok(());
        }
        Err(Missing {
            what: "rados-objclass-dev or libradospp-dev",
        })
    }

    /// Its programs.
    #[must_use]
    pub(super) fn programs(self) -> Programs {
        Programs { release: self }
    }

    /// One of Ceph's own test programs, such as `ceph_test_cls_lua`. Those are of 18.2, whatever daemons they test.
    ///
    /// # Errors
    /// [`Missing`] when they are not unpacked.
    pub fn test_program(name: &str) -> Result<Command, Missing> {
        Release::Eighteen.check()?;
        Ok(Release::Eighteen.programs().command(name))
    }

    /// Runs `program`, which need not be Ceph's, with the dynamic loader and the libraries of this release.
    #[must_use]
    pub fn command_of(self, program: &Path) -> Command {
        self.programs().of(program)
    }

    /// The class directory its packages install.
    #[must_use]
    pub fn stock_classes(self) -> PathBuf {
        match self {
            Release::Installed => "/usr/lib/x86_64-linux-gnu/rados-classes".into(),
            Release::Eighteen => unpacked().join("usr/lib/x86_64-linux-gnu/rados-classes"),
        }
    }

    /// Where its plugins are, when it is not where its programs look by themselves.
    pub(super) fn library_directories(self) -> Option<PathBuf> {
        (self == Release::Eighteen).then(|| unpacked().join("usr/lib/x86_64-linux-gnu/ceph"))
    }
}

/// Starts programs of one release.
#[derive(Clone, Copy, Debug)]
pub(super) struct Programs {
    release: Release,
}

impl Programs {
    pub(super) fn command(self, name: &str) -> Command {
        match self.release {
            Release::Installed => Command::new(name),
            Release::Eighteen => self.of(&unpacked().join("usr/bin").join(name)),
        }
    }

    /// `program` is a path.
    fn of(self, program: &Path) -> Command {
        match self.release {
            Release::Installed => Command::new(program),
            // With its own loader and libraries it runs on any machine, and needs no root directory of its own.
            Release::Eighteen => {
                let root = unpacked();
                let libraries = root.join("usr/lib/x86_64-linux-gnu");
                let path = format!(
                    "{}:{}",
                    libraries.display(),
                    libraries.join("ceph").display()
                );
                let mut command = Command::new(root.join("usr/lib64/ld-linux-x86-64.so.2"));
                command.args(["--inhibit-cache", "--library-path", &path]);
                command.arg(program);
                command
            }
        }
    }
}

/// `target/tools/ceph-18`, where `cargo xtask install` unpacks it.
fn unpacked() -> PathBuf {
    target().join("tools/ceph-18")
}

/// The target directory these tests were built in.
pub(super) fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    // <target>/<profile>/<deps or examples>/<test>
    let target = test.ancestors().nth(3);
    target
        .expect("a test lies in a target directory")
        .to_owned()
}

/// Deals with a part that is missing: a failure where everything has to be there, on CI, and a line that says what
/// to do elsewhere.
///
/// # Panics
/// On CI.
pub fn gone_without_ceph(what: &str, missing: &Missing) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{what}: {missing} (CI is set, so nothing is left out)"
    );
    eprintln!("LEFT OUT: {what}: {missing}");
}
