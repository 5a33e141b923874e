//! The `radula` command, built once for each test run, and processes that may be killed.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
    sync::OnceLock,
};

use crate::corpus::repository;

/// The `radula` command of this checkout.
///
/// Built through cargo at the first use: a binary that merely lies in the target directory may be older than the
/// sources under test.
///
/// # Panics
/// When it cannot be built; the compiler's output is on stderr.
#[must_use]
pub fn radula() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the kit starts the command under test"
)]
fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            "radula-cli",
            "--bin",
            "radula",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(repository())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the radula command does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message["target"]["name"] == "radula" && message["reason"] == "compiler-artifact"
        })
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the executable it built")
}

/// A `radula` command line that sees nothing of the tester's machine: no variables, no configuration file, the
/// given store.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the kit starts the command under test"
)]
pub fn radula_command(store: &Path) -> Command {
    let mut command = Command::new(radula());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RADULA_") {
            command.env_remove(name);
        }
    }
    // Beside the store lies no configuration of anybody's.
    let home = store.parent().unwrap_or(Path::new("/"));
    command
        .current_dir(home)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .arg("--store")
        .arg(store);
    command
}

/// Runs to the end.
///
/// # Panics
/// When the process cannot be started.
#[must_use]
pub fn finish(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .expect("the command starts")
}

/// A running command that is killed with `SIGKILL` when asked or dropped: no destructor, no flush.
#[derive(Debug)]
pub struct Victim {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Victim {
    /// Starts it with pipes on stdin and stdout; its stderr is dropped.
    ///
    /// # Panics
    /// When the process cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self {
            stdin: child.stdin.take(),
            child,
            stdout,
        }
    }

    /// Writes one line to its stdin.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is a pipe");
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .expect("the victim listens");
    }

    /// Reads one line of its stdout, without the line break; `None` at the end.
    ///
    /// # Panics
    /// When the pipe breaks.
    pub fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self
            .stdout
            .read_line(&mut line)
            .expect("the victim's stdout is readable");
        (read > 0).then(|| line.trim_end_matches('\n').to_owned())
    }

    /// Kills it at once and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("the victim can be killed");
        self.child.wait().expect("the victim is gone");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
