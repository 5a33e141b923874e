//! A home, a store and a directory of Lua classes for one test.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the command and prepares files"
)]

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A class that answers with its input, logs it, and fails with it.
const ECHO: &str = "\
function echo(i, o) cls.log(0, i:str()) o:append(i:str()) end
function fails(i, o) error(i:str()) end
cls.register(echo, 'r', 'gives back what it gets')
cls.register(fails, 'r')
";

pub(crate) struct Place {
    directory: TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Self { directory };
        fs::write(place.dir("classes").join("cls_echo.lua"), ECHO).unwrap();
        place.dir("home");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn dir(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The command with nothing of the tester's machine.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .stdin(Stdio::null());
        command.arg("--store").arg(self.path("store"));
        command.arg("--lua-class-dir").arg(self.path("classes"));
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Done {
        self.command().args(arguments).output().unwrap().into()
    }

    /// Runs a command with `input` on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap().into()
    }
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_radula"))
}

impl Done {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        self
    }

    /// Nothing on standard output, one line with all `parts` on standard error, and exit status 1.
    #[track_caller]
    pub(crate) fn failed(self, parts: &[&str]) -> Self {
        assert_eq!((self.code, &*self.out), (Some(1), &b""[..]), "{self:?}");
        self.complained(parts)
    }

    #[track_caller]
    pub(crate) fn complained(self, parts: &[&str]) -> Self {
        assert_eq!(self.err.lines().count(), 1, "not one line: {}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in: {}", self.err);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.text().lines().count(), 1, "{self:?}");
        serde_json::from_slice(&self.out).unwrap()
    }
}
