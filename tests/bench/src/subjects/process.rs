//! Programs that subjects start: servers on loopback, and programs that print figures as JSON.

use std::{
    fs::File,
    io::Read as _,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::model::{Absent, Failure};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of our own on a port of its own, killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
    _directory: tempfile::TempDir,
}

/// Does `work` with the word, the number and the path that follow `mark`, when this process was started so.
pub(crate) fn child(
    mark: &str,
    work: impl FnOnce(&str, u64, &Path) -> Result<(), Failure>,
) -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next()? != mark {
        return None;
    }
    let (part, count, path) = (arguments.next()?, arguments.next()?, arguments.next()?);
    let done = count
        .parse()
        .map_err(Failure::from)
        .and_then(|count| work(&part, count, Path::new(&path)));
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    })
}

/// A port that nobody listens on.
///
/// # Errors
/// There is none.
pub fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Server {
    /// Starts `command` in `directory` and waits until it takes connections on `port`.
    ///
    /// # Errors
    /// The program is not there, or does not come up.
    pub fn start(
        mut command: Command,
        directory: tempfile::TempDir,
        port: u16,
    ) -> Result<Self, Absent> {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = directory.path().join("log");
        let output = File::create(&log)?;
        let child = command
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .map_err(|error| not_there(&program, &error))?;
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            log,
            _directory: directory,
        };
        let started = Instant::now();
        while TcpStream::connect(server.address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(server.failed(&format!("{program} ended: {status}")).into());
            }
            if started.elapsed() > PATIENCE {
                return Err(server.failed(&format!("{program} does not answer")).into());
            }
            thread::sleep(Duration::from_micros(500));
        }
        Ok(server)
    }

    /// Resident bytes of its process.
    ///
    /// # Errors
    /// It is gone.
    pub fn resident(&self) -> Result<u64, Failure> {
        crate::rows::memory::resident(&self.child.id().to_string())
    }

    fn failed(&self, what: &str) -> Failure {
        let mut text = String::new();
        if let Ok(mut log) = File::open(&self.log) {
            let _unread = log.read_to_string(&mut text);
        }
        let last: Vec<_> = text.lines().rev().take(3).collect();
        format!("{what}: {}", last.join(" / ")).into()
    }

    /// A connection that sends what it is given at once.
    ///
    /// # Errors
    /// The server is gone.
    pub fn connect(&self) -> Result<TcpStream, Failure> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is ours, and so is its directory: there is nothing to save.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn not_there(program: &str, error: &std::io::Error) -> Absent {
    if error.kind() == std::io::ErrorKind::NotFound {
        Absent::Missing(format!(
            "no program {program}; `cargo xtask bench --install` installs it"
        ))
    } else {
        Absent::Failed(format!("{program}: {error}").into())
    }
}

/// Whether `program` can be started.
///
/// # Errors
/// [`Absent::Missing`] when it is not installed.
pub fn installed(program: &str, flag: &str) -> Result<(), Absent> {
    let status = Command::new(program)
        .arg(flag)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.map(drop).map_err(|error| not_there(program, &error))
}

/// Runs a program that prints a JSON document.
///
/// # Errors
/// It fails, or prints something else.
pub fn json(program: &Path, arguments: &[&str]) -> Result<Value, Failure> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text.lines().last().unwrap_or_default();
        return Err(format!("{}: {}: {last}", program.display(), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn a_program_that_is_not_installed_is_missing_and_one_that_breaks_has_failed() {
        let world = World::bare();
        let start = |program: &str| {
            let directory = world.directory("server").unwrap();
            Server::start(Command::new(program), directory, 1).unwrap_err()
        };
        assert!(matches!(
            start("radula-no-such-program"),
            Absent::Missing(_)
        ));
        assert!(matches!(start("false"), Absent::Failed(_)));
    }
}
