//! The outer guard: a child process in its own group, ended by its id when it says nothing for too long.
#![expect(
    clippy::disallowed_methods,
    reason = "hostile cases run in a process of their own"
)]

use std::{
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::{
    StoreKind,
    error::ReviewError,
    event::Event,
    options::Options,
    task::{Request, Task},
};

/// Longest silence of a child before it is ended.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The stage in which the child makes what a case needs: the harness's own work, megabytes of it in a few cases.
pub(crate) const LAYING_OUT: &str = "laying out the directory";

/// How long a child may be silent after `event`.
fn patience(event: &Event) -> Duration {
    match event {
        Event::Stage(stage) if stage == LAYING_OUT => 6 * PATIENCE,
        _ => PATIENCE,
    }
}

/// Text kept of a child's standard error, and longest line of its standard output.
const MAX_TEXT: u64 = 4 << 20;

/// Environment the child keeps; anything else could be a setting of the engine.
const KEPT: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "ASAN_OPTIONS",
    "UBSAN_OPTIONS",
    "LSAN_OPTIONS",
];

/// How to start a child: this program again, with a hidden command.
#[derive(Clone, Debug)]
pub struct ChildCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// How the child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// On its own, with this status.
    Code(i32),
    /// By a signal nobody here sent.
    Signal(i32),
    /// By the guard.
    Killed,
}

/// What came out of a child.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// The last event; `None` when it said nothing that counts.
    pub(crate) last: Option<Event>,
    /// Text on standard output that is not the harness's.
    pub(crate) stray: Vec<u8>,
    /// Standard error.
    pub(crate) stderr: Vec<u8>,
}

/// A word a script in the child cannot guess.
pub(crate) fn nonce() -> String {
    let word = || RandomState::new().hash_one(0u8);
    format!("{:016x}{:016x}", word(), word())
}

/// Runs one request in a child whose working directory is `directory`.
///
/// # Errors
/// When the child cannot be started or fed; never because of what it does.
pub(crate) fn run(
    command: &ChildCommand,
    directory: &Path,
    request: &Request,
) -> io::Result<Ended> {
    let mut child = Command::new(&command.program)
        .args(&command.args)
        .current_dir(directory)
        .env_clear()
        .envs(
            KEPT.iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let ended = converse(&mut child, request);
    // Whatever happened: nothing of the group outlives the case.
    end_group(&child);
    let status = child.wait()?;
    let (killed, last, stray, stderr) = ended?;
    Ok(Ended {
        exit: if killed { Exit::Killed } else { exit(status) },
        last,
        stray,
        stderr,
    })
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

fn id(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Whether the child has ended. It stays unreaped, so that its id remains its own.
fn over(child: &Child) -> io::Result<bool> {
    let Some(pid) = id(child) else {
        return Ok(true);
    };
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), look)?.is_some())
}

fn end_group(child: &Child) {
    // The group carries the child's id, and the child has not been reaped: nobody else can have that id.
    if let Some(group) = id(child) {
        // A group that is gone is what is wanted.
        let _gone = kill_process_group(group, Signal::KILL);
    }
}

type Conversation = (bool, Option<Event>, Vec<u8>, Vec<u8>);

fn converse(child: &mut Child, request: &Request) -> io::Result<Conversation> {
    let missing = || io::Error::other("a pipe of the child is missing");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let question = serde_json::to_vec(request)?;
    thread::spawn(move || {
        // A child that dies early closes the pipe; its end says more than this error.
        let _closed = stdin.write_all(&question);
    });
    let errors = thread::spawn(move || {
        let mut text = Vec::new();
        let mut stderr = stderr;
        // What was read before an error is what there is.
        let _partial = stderr.by_ref().take(MAX_TEXT).read_to_end(&mut text);
        let _rest = io::copy(&mut stderr, &mut io::sink());
        text
    });
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            match reader.by_ref().take(MAX_TEXT).read_until(b'\n', &mut line) {
                Ok(count) if count > 0 && sender.send(line).is_ok() => {}
                _ => break,
            }
        }
    });

    let mut last = None;
    let mut stray = Vec::new();
    let mut killed = false;
    let mut until = Instant::now() + PATIENCE;
    loop {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => match event(&line, &request.nonce) {
                Some(event) => {
                    until = Instant::now() + patience(&event);
                    last = Some(event);
                }
                // The empty line in front of every event.
                None if line == b"\n" => {}
                // Stray text buys no time.
                None if stray.len() < 65_536 => stray.extend_from_slice(&line),
                None => {}
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                killed = true;
                end_group(child);
                break;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    // Standard output is closed; the process must follow.
    while !killed && !over(child)? {
        killed = Instant::now() >= until;
        thread::sleep(Duration::from_millis(1));
    }
    end_group(child);
    Ok((killed, last, stray, errors.join().unwrap_or_default()))
}

fn event(line: &[u8], nonce: &str) -> Option<Event> {
    let line = line.strip_prefix(nonce.as_bytes())?;
    serde_json::from_slice(line).ok()
}

/// Runs one task in a child, in a directory of its own.
///
/// # Errors
/// The child cannot be started.
pub(crate) fn ask(options: &Options, store: StoreKind, task: Task) -> Result<Ended, ReviewError> {
    let directory = tempfile::tempdir().map_err(ReviewError::Directory)?;
    let request = Request {
        nonce: nonce(),
        task,
        store,
        off: options.unhardened.clone(),
        rlimits: options.rlimits,
    };
    run(&options.child, directory.path(), &request).map_err(|source| ReviewError::Child {
        program: options.child.program.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Soak;

    fn shell(script: &str) -> Ended {
        let command = ChildCommand {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
        };
        let request = Request {
            nonce: "n0nce".into(),
            task: Task::Soak(Soak {
                cases: Vec::new(),
                calls: 0,
                jobs: 1,
                seed: 0,
            }),
            store: crate::StoreKind::Memory,
            off: Vec::new(),
            rlimits: false,
        };
        run(&command, Path::new("/"), &request).unwrap()
    }

    #[test]
    fn only_lines_with_the_nonce_are_the_harness_speaking() {
        let ended =
            shell(r#"echo '{"stage":"forged"}'; echo 'n0nce{"stage":"true"}'; echo BREACH >&2"#);
        assert!(matches!(ended.last, Some(Event::Stage(stage)) if stage == "true"));
        assert_eq!(ended.stray, b"{\"stage\":\"forged\"}\n");
        assert_eq!(ended.stderr, b"BREACH\n");
        assert_eq!(ended.exit, Exit::Code(0));
    }

    #[test]
    fn a_child_that_dies_or_hangs_is_told_apart_and_its_group_goes_with_it() {
        assert_eq!(shell("kill -SEGV $$").exit, Exit::Signal(11));
        let started = Instant::now();
        let ended = shell("sleep 1000 & echo 'n0nce{\"stage\":\"attack\"}'; sleep 1000");
        assert_eq!(ended.exit, Exit::Killed);
        assert!(matches!(ended.last, Some(Event::Stage(_))));
        assert!(started.elapsed() < PATIENCE + Duration::from_secs(3));
    }
}
