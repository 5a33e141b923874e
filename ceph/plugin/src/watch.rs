//! The thread that notices changed files.

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};

use sandbox::{FileIdentity, ScopedDir, Trust};

use crate::config;

/// How long the thread is waited for when it is to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// The files whose change matters.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Where the configuration is.
    pub(crate) directory: PathBuf,
    /// Where the classes are.
    pub(crate) class_directories: Vec<PathBuf>,
    /// Whose class directories they may be.
    pub(crate) trust: Trust,
}

/// Looks at the files of an engine every so often, until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Looks every `interval` at what `watched` names. When something changed, `act` answers the interval of the next
    /// looks. `None` when the interval says never, or the system gives no thread.
    pub(crate) fn start(
        interval: Duration,
        watched: impl Fn() -> Watched + Send + 'static,
        act: impl Fn(Duration) -> Duration + Send + 'static,
    ) -> Option<Self> {
        if interval.is_zero() {
            return None;
        }
        let (stop, stopped) = channel::<()>();
        let (ending, ended) = channel::<()>();
        let seen = look(watched());
        let body = move || {
            let _ending = ending;
            let (mut interval, mut seen) = (interval, seen);
            // Clocks of file systems are coarse: a file may change twice within what they tell apart. So the look after
            // a change believes no identity.
            let mut unsure = false;
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let now = look(watched());
                if unsure || now != seen {
                    unsure = now != seen;
                    seen = now;
                    interval = act(interval);
                    if interval.is_zero() {
                        break;
                    }
                    // Settings may name other directories. A file changed since the last look must not be missed.
                    let files = watched();
                    if files.class_directories != seen.directories {
                        seen = look(files);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("radula-reload".to_owned())
            .spawn(body)
            .inspect_err(|error| {
                tracing::error!("files are not watched, the system gives no thread: {error}");
            })
            .ok()?;
        Some(Self {
            stop: Some(stop),
            ended,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        // An OSD closes its classes under the lock of the system's loader of libraries. A thread that waits for that
        // lock, to open one, would be waited for in vain.
        let ended = self.ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected);
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            let _ = thread.join();
        }
    }
}

/// What the files are, without reading them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    config: Option<FileIdentity>,
    files: Vec<(PathBuf, Option<FileIdentity>)>,
    directories: Vec<PathBuf>,
}

fn look(watched: Watched) -> Seen {
    let Watched {
        directory,
        class_directories: directories,
        trust,
    } = watched;
    let mut files = Vec::new();
    for path in &directories {
        let Ok(open) = ScopedDir::open(path, &trust) else {
            // Missing or refused: the loader says which when it is asked for a class.
            continue;
        };
        let names = open
            .names()
            .map(|listing| listing.names)
            .unwrap_or_default();
        for name in names {
            let identity = open.identity(&name).ok().flatten();
            files.push((path.join(name), identity));
        }
    }
    let config = ScopedDir::open(&directory, &Trust::of_this_process())
        .ok()
        .and_then(|open| open.identity(config::FILE).ok().flatten());
    Seen {
        config,
        files,
        directories,
    }
}
