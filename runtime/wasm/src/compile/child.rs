//! The parent's side: starts a compiler, feeds it, and stops it in time.
//!
//! Everything happens on the calling thread, with pipes that do not block. The process is started without our own code
//! running between fork and exec, so that a host with many threads and much memory, such as an OSD, is not copied.

use std::{
    io::{self, Read, Write},
    os::fd::AsFd,
    path::Path,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use objclass::escaped;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
};

use super::{
    CompileError, program,
    protocol::{Answer, HEAD, Request, VERB, read_answer_head},
};
use crate::{engine::SharedEngine, options::WasmOptions};

/// What the compiler may say on standard error, in bytes.
const MAX_STDERR: usize = 1024;

/// What a Rust program says when memory runs out; there is no other sign of it.
const OUT_OF_MEMORY: &str = "memory allocation of";

/// Compiles `module` in a process of its own.
///
/// # Errors
/// See [`CompileError`].
pub(super) fn compile(
    module: &[u8],
    engine: &SharedEngine,
    options: &WasmOptions,
) -> Result<Vec<u8>, CompileError> {
    let program = program::find(&options.compiler)?;
    let is_bounded = options.guards.compile_budget;
    let request = Request {
        mode: engine.mode,
        // Longer than the parent waits: the parent's clock decides, and says so.
        seconds: is_bounded.then(|| options.compile_time.as_secs() + 2),
        memory: is_bounded.then_some(options.compile_memory),
        fingerprint: engine.fingerprint,
    };
    let deadline = is_bounded.then(|| Instant::now() + options.compile_time);
    let mut worker = Worker::start(&program)?;
    let talk = worker.talk(&request.head(module), module, deadline);
    let end = match talk {
        Ok(answer) => Ok(answer),
        Err(Talk::Late) => Err(CompileError::Time {
            time: options.compile_time,
        }),
        Err(Talk::Pipe(error)) => Err(CompileError::Pipe(error)),
        Err(Talk::Silent) => Err(worker.how_it_died(&program, deadline, options)),
        Err(Talk::Gibberish) => Err(CompileError::NotOurs {
            program: program.clone(),
            reason: "it answers something else",
        }),
    };
    drop(worker);
    let (answer, payload) = end?;
    let text = || escaped(&payload, MAX_STDERR);
    match answer {
        Answer::Code => Ok(payload),
        Answer::Invalid => Err(CompileError::Invalid { text: text() }),
        Answer::NotOurs => Err(CompileError::NotOurs {
            program,
            reason: "it is of another version",
        }),
        Answer::NoCeiling => Err(CompileError::Died {
            how: "its ceilings could not be set".to_owned(),
            stderr: text(),
        }),
    }
}

/// A compiler that runs. Dropping it stops it.
struct Worker {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: ChildStderr,
    said: Vec<u8>,
}

/// Why there is no answer.
enum Talk {
    Late,
    /// It closed its output before the answer was whole.
    Silent,
    Gibberish,
    Pipe(io::Error),
}

impl From<io::Error> for Talk {
    fn from(error: io::Error) -> Self {
        Talk::Pipe(error)
    }
}

impl Worker {
    fn start(program: &Path) -> Result<Worker, CompileError> {
        let failed = |source| CompileError::Start {
            program: program.to_owned(),
            source,
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "compiling happens in a process of its own, which can be stopped"
        )]
        let mut child = Command::new(program)
            .arg(VERB)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            unreachable!("all three were asked for");
        };
        let worker = Worker {
            child,
            stdin: Some(stdin),
            stdout,
            stderr,
            said: Vec::new(),
        };
        let pipes = || -> io::Result<()> {
            if let Some(stdin) = &worker.stdin {
                do_not_block(stdin)?;
            }
            do_not_block(&worker.stdout)?;
            do_not_block(&worker.stderr)
        };
        pipes().map_err(CompileError::Pipe)?;
        Ok(worker)
    }

    /// Sends the request and takes the answer.
    fn talk(
        &mut self,
        head: &[u8],
        module: &[u8],
        deadline: Option<Instant>,
    ) -> Result<(Answer, Vec<u8>), Talk> {
        let mut to_send = [head, module].concat();
        let mut sent = 0;
        let mut received = Vec::new();
        loop {
            self.wait(deadline)?;
            if let Some(stdin) = &mut self.stdin {
                match ready(stdin.write(&to_send[sent..])) {
                    Ok(Some(count)) => sent += count,
                    Ok(None) => {}
                    // It stopped reading: what it answers, or how it ended, says why.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => sent = to_send.len(),
                    Err(error) => return Err(error.into()),
                }
                if sent == to_send.len() {
                    self.stdin = None;
                    to_send = Vec::new();
                    sent = 0;
                }
            }
            listen(&mut self.stderr, &mut self.said, MAX_STDERR)?;
            let is_over = take(&mut self.stdout, &mut received)?;
            if let Some((start, payload)) = received.split_first_chunk::<HEAD>() {
                let (answer, length) = read_answer_head(start).ok_or(Talk::Gibberish)?;
                if payload.len() as u64 == length {
                    received.drain(..HEAD);
                    return Ok((answer, received));
                }
                if payload.len() as u64 > length {
                    return Err(Talk::Gibberish);
                }
            }
            if is_over {
                return Err(if received.is_empty() {
                    Talk::Silent
                } else {
                    Talk::Gibberish
                });
            }
        }
    }

    /// Waits until a pipe can be used, or the deadline.
    fn wait(&self, deadline: Option<Instant>) -> Result<(), Talk> {
        let left = match deadline {
            None => Duration::from_secs(3600),
            Some(deadline) => deadline
                .checked_duration_since(Instant::now())
                .ok_or(Talk::Late)?,
        };
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        let mut pipes = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        if self.said.len() < MAX_STDERR {
            pipes.push(PollFd::new(&self.stderr, PollFlags::IN));
        }
        if let Some(stdin) = &self.stdin {
            pipes.push(PollFd::new(stdin, PollFlags::OUT));
        }
        match poll(&mut pipes, Some(&timeout)) {
            Ok(0) if deadline.is_some() => Err(Talk::Late),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(errno) => Err(Talk::Pipe(errno.into())),
        }
    }

    /// What became of a compiler that said nothing.
    fn how_it_died(
        &mut self,
        program: &Path,
        deadline: Option<Instant>,
        options: &WasmOptions,
    ) -> CompileError {
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if deadline.is_none_or(|deadline| Instant::now() < deadline) => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // A host that has its children reaped by the kernel gets no status.
                Ok(None) | Err(_) => break None,
            }
        };
        let _ = listen(&mut self.stderr, &mut self.said, MAX_STDERR);
        let stderr = escaped(self.said.trim_ascii(), MAX_STDERR);
        if stderr.contains(OUT_OF_MEMORY) {
            return CompileError::Memory {
                memory: options.compile_memory,
            };
        }
        match status {
            Some(status) if status.code().is_some() => CompileError::NotOurs {
                program: program.to_owned(),
                reason: "it ended without an answer",
            },
            status => CompileError::Died {
                how: how(status),
                stderr,
            },
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn how(status: Option<ExitStatus>) -> String {
    match status {
        Some(status) => status.to_string(),
        None => "it closed its output".to_owned(),
    }
}

fn do_not_block(pipe: impl AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(&pipe)?;
    Ok(fcntl_setfl(&pipe, flags | OFlags::NONBLOCK)?)
}

/// The count of a transfer; none when the pipe is not ready.
fn ready(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes what there is; whether it was the last.
fn take(pipe: &mut ChildStdout, into: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 64 << 10];
    loop {
        match ready(pipe.read(&mut buffer))? {
            Some(0) => return Ok(true),
            Some(count) => into.extend_from_slice(&buffer[..count]),
            None => return Ok(false),
        }
        // A compiler that sends more than any answer holds is stopped by what its head said.
        if into.len() > HEAD {
            return Ok(false);
        }
    }
}

/// Takes what there is of words for people, and keeps the first `max` bytes.
fn listen(pipe: &mut ChildStderr, said: &mut Vec<u8>, max: usize) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while let Some(count @ 1..) = ready(pipe.read(&mut buffer))? {
        let room = max.saturating_sub(said.len());
        said.extend_from_slice(&buffer[..count.min(room)]);
    }
    Ok(())
}
