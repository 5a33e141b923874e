//! The `radula` command, as a shell sees it: what it prints, where, and how it exits.

mod backup;
mod broken_files;
mod ceph;
mod classes;
mod config;
mod exec;
mod fsck;
mod objects;
mod shell;
mod stub;
mod testbed;
mod wasm;

use std::{
    ffi::OsStr,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use testkit::{
    binary::{finish, radula_command},
    corpus::bundled_lua_classes,
    fixture::Scratch,
};

/// A home, a store on disk and a directory of Lua classes with the bundled ones in it.
struct Place {
    scratch: Scratch,
    classes: PathBuf,
}

/// What a command left behind.
#[derive(Debug)]
struct Done {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
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

impl Done {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("text on standard output")
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        self
    }

    /// Failed as every command fails: nothing on standard output, one line on standard error, exit status 1.
    #[track_caller]
    fn failed(self, parts: &[&str]) -> Self {
        assert_eq!((self.code, &*self.out), (Some(1), &b""[..]), "{self:?}");
        self.complained(parts)
    }

    /// One line on standard error that has all `parts`.
    #[track_caller]
    fn complained(self, parts: &[&str]) -> Self {
        assert_eq!(self.err.lines().count(), 1, "not one line: {}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in: {}", self.err);
        }
        self
    }

    #[track_caller]
    fn json(&self) -> serde_json::Value {
        assert_eq!(self.text().lines().count(), 1, "{self:?}");
        serde_json::from_slice(&self.out).expect("JSON on standard output")
    }
}

impl Place {
    fn new() -> Self {
        let scratch = Scratch::new();
        let classes = scratch.copy_of("classes", &bundled_lua_classes());
        Self { scratch, classes }
    }

    /// The command with a home of its own and this place's store and classes.
    fn command(&self) -> Command {
        let mut command = self.bare();
        command.arg("--lua-class-dir").arg(&self.classes);
        command
    }

    /// As [`command`](Place::command), with whatever classes are configured.
    fn bare(&self) -> Command {
        let mut command = radula_command(&self.scratch.path().join("store"));
        command
            .env("HOME", self.scratch.dir("home"))
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        command
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Done {
        finish(self.command().args(arguments)).into()
    }

    /// Runs a command with `input` on its standard input.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> Done {
        feed(self.command().args(arguments), input)
    }

    /// Runs `radula shell` on these lines.
    fn shell(&self, arguments: &[&str], lines: &str) -> Done {
        self.feed(&[&["shell"], arguments].concat(), lines.as_bytes())
    }
}

fn feed(command: &mut Command, input: &[u8]) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    // A command that does not read its input may be gone by now.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the command ends").into()
}
