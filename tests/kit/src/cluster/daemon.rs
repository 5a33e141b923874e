//! Daemons that do not outlive the test process.
#![expect(
    clippy::disallowed_methods,
    reason = "starts daemons in the test's own scratch and reads about them in /proc"
)]

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, OnceLock, PoisonError, mpsc},
    time::{Duration, Instant},
};

use crate::fixture::make_dir;

/// A running daemon, killed with `SIGKILL` when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts `command` with its output in `DIRECTORY/NAME.out`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub(super) fn start(command: Command, name: &str, directory: &Path) -> Self {
        let output = directory.join(format!("{name}.out"));
        Self {
            child: start_bound(command, &output).unwrap_or_else(|error| panic!("{name}: {error}")),
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it at once and waits until it is gone.
    pub fn kill(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end (`SIGTERM`) and waits as long as `patience`: how it ended, `None` when it did not.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn end(&mut self, patience: Duration) -> Option<ExitStatus> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status();
        assert!(asked.is_ok_and(|status| status.success()), "kill");
        let started = Instant::now();
        while started.elapsed() < patience {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Processor time of its threads. Threads that ended are missing: Ceph's pools keep theirs.
    ///
    /// # Panics
    /// When it is gone.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        let tasks = format!("/proc/{}/task", self.pid());
        let nanoseconds = fs::read_dir(&tasks)
            .unwrap_or_else(|error| panic!("{tasks}: {error}"))
            .filter_map(|task| {
                // Nanoseconds on the processor, nanoseconds waited for it, turns.
                let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
                stat.split(' ').next()?.parse::<u64>().ok()
            })
            .sum();
        Duration::from_nanos(nanoseconds)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts a process that the kernel kills when this process dies, however it dies.
///
/// The kernel means the *thread* that started it, and threads of tests end with their test. So one thread, which
/// never ends, starts them all.
fn start_bound(command: Command, output: &Path) -> io::Result<Child> {
    static NURSE: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let nurse = NURSE.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        std::thread::Builder::new()
            .name("daemons".into())
            .spawn(move || {
                for (mut command, answer) in orders {
                    // Nobody waits for an answer that came too late.
                    let _ = answer.send(command.spawn());
                }
            })
            .expect("a thread");
        Mutex::new(sender)
    });
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]);
    bound.arg(command.get_program()).args(command.get_args());
    let file = File::create(output)?;
    bound
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    let (answer, child) = mpsc::channel();
    nurse
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send((bound, answer))
        .expect("the thread that starts daemons lives as long as the process");
    child.recv().expect("it answers every order")
}

/// Runs a tool to its end.
///
/// # Panics
/// When it fails; the message has what it printed.
pub(super) fn run_to_end(command: &mut Command, output: &Path) {
    let file = File::create(output).expect("a file in the scratch");
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("another handle"))
        .stderr(file)
        .status()
        .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
    let printed = || String::from_utf8_lossy(&fs::read(output).unwrap_or_default()).into_owned();
    assert!(status.success(), "{command:?}: {status}\n{}", printed());
}

/// Writes a file, and the directory it is in.
pub(super) fn write(file: &Path, content: &[u8]) {
    make_dir(file.parent().expect("a file is in a directory"));
    fs::write(file, content).expect("a file in the scratch");
}

pub(super) fn random_uuid() -> String {
    let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid").expect("Linux");
    uuid.trim().to_owned()
}

/// A port nobody has now.
pub(super) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback interface");
    listener.local_addr().expect("it is bound").port()
}

/// Whether somebody listens on a port of this machine.
pub(super) fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
