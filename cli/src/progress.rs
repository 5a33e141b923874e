//! How far long work is, on a terminal.

use std::{
    io::{self, IsTerminal as _, Read, Write},
    time::{Duration, Instant},
};

/// How long work takes before it is worth a word, and how often it is said again.
const PATIENCE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error that says how far the work is, over and over; no line where nobody watches.
#[derive(Debug)]
pub(crate) struct Progress {
    next: Instant,
    is_watched: bool,
    /// As long as the line on the screen is.
    width: usize,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            next: Instant::now() + PATIENCE,
            is_watched: io::stderr().is_terminal(),
            width: 0,
        }
    }

    /// Says `line`, unless it is too early to say anything.
    pub(crate) fn at(&mut self, line: impl FnOnce() -> String) {
        if !self.is_watched || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + EVERY;
        let line = line();
        let _ = write!(io::stderr(), "\r{line:<0$}", self.width);
        self.width = line.chars().count();
    }
}

impl Drop for Progress {
    /// Leaves an empty line for what comes next.
    fn drop(&mut self) {
        if self.width > 0 {
            let _ = write!(io::stderr(), "\r{:<0$}\r", self.width);
        }
    }
}

/// A stream whose bytes are counted, aloud.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    inner: T,
    verb: &'static str,
    bytes: u64,
    /// How many there will be, if that is known.
    of: Option<u64>,
    progress: Progress,
}

impl<T> Counted<T> {
    pub(crate) fn new(verb: &'static str, inner: T, of: Option<u64>) -> Self {
        Self {
            inner,
            verb,
            bytes: 0,
            of,
            progress: Progress::new(),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.inner
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let (verb, done, of) = (self.verb, self.bytes >> 20, self.of);
        self.progress.at(|| match of {
            Some(of) => format!("{verb} {done} of {} MiB", of >> 20),
            None => format!("{verb} {done} MiB"),
        });
    }
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count(read);
        Ok(read)
    }
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
