//! A server that is killed under load, and clients that send again what was not answered.

use std::{
    env,
    io::{BufRead as _, BufReader, Lines},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use radula::{
    Radula,
    store::{Store, open_disk},
};
use radula_server::{ServeOptions, Server};
use tempfile::TempDir;
use testkit::wrong::{Wrong, WrongStore};

use crate::served::{Client, clients, configured, python};

const PLACE: &str = "SERVER_TEST_KILLED_PLACE";
const ADDRESS: &str = "SERVER_TEST_KILLED_ADDRESS";
const FORGETS: &str = "SERVER_TEST_KILLED_FORGETS";
/// How often the server is killed; a night has more.
const KILLS: &str = "SERVER_KILLS";
const FEW: u32 = 12;

#[test]
#[ignore = "runs in a process of its own, started by other tests"]
fn a_server_to_be_killed() {
    let place = PathBuf::from(env::var_os(PLACE).expect("started by its parent"));
    let address = env::var(ADDRESS).expect("started by its parent");
    let mut store = open_disk(&place.join("store"), Default::default()).expect("it opens");
    if env::var_os(FORGETS).is_some() {
        let right = Arc::clone(store.engine());
        store = Store::new(Arc::new(WrongStore::new(right, Wrong::ForgetsReceipts)));
    }
    let builder = Radula::builder().config(configured("memory")).store(store);
    let radula = builder.open().expect("it opens");
    let address = address.parse().expect("an address");
    let server = Server::start(radula, &ServeOptions::at(address)).expect("it starts");
    std::fs::write(place.join("ceph.conf"), server.ceph_conf()).expect("it is written");
    println!("ready");
    loop {
        std::thread::park();
    }
}

/// The process of a server; killed when dropped.
struct Running(Child);

impl Running {
    fn start(place: &Path, address: &str, forgets: bool) -> Self {
        let mut command = Command::new(env::current_exe().expect("a test is a file"));
        command
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("killed::a_server_to_be_killed")
            .env(PLACE, place)
            .env(ADDRESS, address)
            .stdout(Stdio::piped());
        if forgets {
            command.env(FORGETS, "1");
        }
        let mut running = Self(command.spawn().expect("it starts"));
        let lines = running.0.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(lines).lines().map_while(Result::ok);
        assert!(
            lines.any(|line| line.ends_with("ready")),
            "the server did not start"
        );
        running
    }
}

impl Running {
    fn end(&mut self) {
        // Nothing is left to do when it is gone already.
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until the client was answered `more` times since it said so last.
fn progress(said: &mut Lines<BufReader<ChildStdout>>, more: u32) {
    for _ in 0..more {
        let line = said.next().expect("it goes on").expect("it is text");
        assert!(line.starts_with("at "), "{line}");
    }
}

/// A server that comes back at the same address, on the same store, whenever it was killed.
pub(crate) struct Killed {
    // Dropped first.
    running: Running,
    place: TempDir,
    address: String,
    forgets: bool,
}

impl Killed {
    pub(crate) fn new(forgets: bool) -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it has one").to_string();
        drop(free);
        Self {
            running: Running::start(place.path(), &address, forgets),
            place,
            address,
            forgets,
        }
    }

    pub(crate) fn conf(&self) -> PathBuf {
        self.place.path().join("ceph.conf")
    }

    pub(crate) fn kill_and_start(&mut self) {
        self.running.end();
        self.running = Running::start(self.place.path(), &self.address, self.forgets);
    }
}

/// What the client says at the end of it all.
fn killed_under(client: Client, forgets: bool, kills: u32) -> String {
    let mut server = Killed::new(forgets);
    let place = server.place.path().to_owned();
    let mut running = python(client, "killed.py")
        .env("CEPH_CONF", server.conf())
        .current_dir(&place)
        .stdout(Stdio::piped())
        .spawn()
        .expect("`timeout` is there");
    let mut said = BufReader::new(running.stdout.take().expect("it is piped")).lines();
    for kill in 0..kills {
        progress(&mut said, 1 + kill % 3);
        server.kill_and_start();
    }
    std::fs::write(place.join("stop"), "").expect("it is written");
    let last = said.map_while(Result::ok).last().unwrap_or_default();
    assert!(running.wait().expect("it ran").success(), "{last}");
    last
}

fn kills() -> u32 {
    let more = env::var(KILLS).ok();
    more.and_then(|more| more.parse().ok()).unwrap_or(FEW)
}

#[test]
fn what_a_client_sends_again_after_a_kill_is_executed_once() {
    if !clients() {
        return;
    }
    for client in Client::all() {
        let said = killed_under(client, false, kills());
        assert!(said.starts_with("ok "), "{client:?}: {said}");
        println!("{client:?}: {said}");
    }
}

/// Without receipts something was executed twice: the client above would see it.
#[test]
fn a_server_that_forgets_what_it_did_does_it_twice() {
    if !clients() {
        return;
    }
    // A kill between commit and answer is chance; of so many some are.
    let said = killed_under(Client::Installed, true, 4 * FEW);
    assert!(said.starts_with("wrong "), "{said}");
}
