//! Setting up a child process.

use std::{path::PathBuf, process::Command};

/// What a child process is made to see.
#[derive(Clone, Debug, Default)]
pub struct Preload {
    /// The directory whose files are watched; absolute, with no symbolic link in it.
    pub directory: PathBuf,
    /// Where the record goes, outside of the directory; nothing is recorded without.
    pub record: Option<PathBuf>,
    /// A file outside of the directory; what the process writes to it is in the record as [`Mark`](crate::Event::Mark).
    pub marks: Option<PathBuf>,
    /// What fails.
    pub failure: Option<Failure>,
    /// Bytes that a file named `*.jnl`, new or open for writing only, seems to be longer when the process asks for its
    /// position in it: an engine that begins the next journal at some size does so early.
    pub room: u64,
}

/// Calls that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which calls are counted.
    pub call: Call,
    /// The first that fails, from 1.
    pub number: u64,
    /// How.
    pub how: How,
    /// How many fail, from that one on.
    pub times: u64,
}

/// A class of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `write`, `pwrite`, `writev`.
    Write,
    /// `fsync`, `fdatasync`, of files and directories.
    Sync,
    /// `read`, `pread`.
    Read,
    /// Creating, renaming, removing and cutting files, making directories.
    Meta,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// With this error number, and without any effect.
    Errno(i32),
    /// A write puts down half of its bytes and says so.
    Short,
    /// A sync does nothing and says that it was done.
    Ignored,
}

impl Preload {
    /// Sets `command` up.
    pub fn put_under<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", env!("FAULTS_SHIM"))
            .env("RADULA_FAULTS_DIR", &self.directory)
            .env("RADULA_FAULTS_ROOM", self.room.to_string());
        if let Some(record) = &self.record {
            command.env("RADULA_FAULTS_TRACE", record);
        }
        if let Some(marks) = &self.marks {
            command.env("RADULA_FAULTS_MARKS", marks);
        }
        if let Some(failure) = &self.failure {
            command.env("RADULA_FAULTS_FAIL", failure.text());
        }
        command
    }
}

impl Failure {
    fn text(&self) -> String {
        let call = match self.call {
            Call::Write => "write",
            Call::Sync => "sync",
            Call::Read => "read",
            Call::Meta => "meta",
        };
        let how = match self.how {
            How::Errno(number) => number.to_string(),
            How::Short => "short".to_owned(),
            How::Ignored => "ignored".to_owned(),
        };
        format!("{call}:{}:{how}:{}", self.number, self.times)
    }
}
