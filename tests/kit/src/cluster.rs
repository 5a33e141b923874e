//! Real Ceph clusters for tests: one monitor and some OSDs on the loopback interface, in a scratch.
//!
//! A [`Cluster`] runs unmodified daemons of a [`Release`], of which tests choose the object store, the number of
//! OSDs, the class directory and the class lists. It ends its own children, by their ids, when it is dropped; when
//! the test process dies, the kernel ends them. [`Client`] is Ceph's own Python client.
//!
//! Starting one costs seconds. Tests share a cluster of one configuration and keep apart by object and class name.

mod ceph_test;
mod class_dir;
mod client;
mod conf;
mod daemon;
mod release;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::fixture::Scratch;

pub use ceph_test::{CephTestReport, run_ceph_program, run_ceph_test, run_ceph_test_on};
pub use class_dir::{ClassDir, plugin};
pub use client::{Answer, Client, ClientError, Ticket};
pub use conf::{ClusterOptions, OsdStore};
pub use daemon::Daemon;
pub use release::{Missing, Release, gone_without_ceph};

/// The pool every cluster has, with one copy of each object.
pub const POOL: &str = "rbd";

/// How long a daemon may take to start or a cluster to settle. Generous: other tests are running.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    options: ClusterOptions,
    // Fields drop in this order: clients, OSDs, monitor, files.
    admin: Mutex<Client>,
    osds: Vec<Mutex<Daemon>>,
    _monitor: Daemon,
    scratch: Scratch,
}

impl Cluster {
    /// Starts one and waits until its pool takes writes.
    ///
    /// # Panics
    /// When it does not come up; the message has the end of the daemons' logs.
    #[must_use]
    pub fn start(options: ClusterOptions) -> Self {
        let scratch = Scratch::new();
        let port = daemon::free_port();
        let conf = conf::write(&scratch, &options, port);
        let programs = options.release.programs();
        let keyring = scratch.path().join("keyring");
        conf::write_keyring(&keyring);
        let monitor = |arguments: &[&str]| {
            let mut command = programs.command("ceph-mon");
            command.args(["-i", "a", "-c"]).arg(&conf).args(arguments);
            command
        };
        let mut mkfs = monitor(&["--mkfs"]);
        mkfs.arg("--keyring").arg(&keyring);
        mkfs.arg("--monmap").arg(scratch.path().join("monmap"));
        daemon::run_to_end(&mut mkfs, &scratch.path().join("mon.mkfs"));
        let mut monitor = Daemon::start(monitor(&["-f"]), "mon.a", scratch.path());
        // A client that comes before the monitor listens waits longer than the monitor needs.
        let started = Instant::now();
        while !daemon::listens(port) {
            assert!(
                started.elapsed() < PATIENCE && monitor.is_alive(),
                "the monitor does not listen\n{}",
                tails(scratch.path(), 0)
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut admin = Client::connect(&conf, "client.admin");

        let ids: Vec<usize> = (0..options.osds).collect();
        for &id in &ids {
            prepare_osd(&mut admin, scratch.path(), id);
        }
        // Making a store is mostly waiting for the disk.
        std::thread::scope(|scope| {
            for &id in &ids {
                let mut command = programs.command("ceph-osd");
                let uuid = uuid_of(scratch.path(), id);
                let output = scratch.path().join(format!("osd.{id}.mkfs"));
                command.args(["--mkfs", "-i", &id.to_string(), "-c"]);
                command.arg(&conf).args(["--osd-uuid", &uuid]);
                scope.spawn(move || daemon::run_to_end(&mut command, &output));
            }
        });
        let osds = ids
            .iter()
            .map(|&id| Mutex::new(start_osd(&options, &conf, scratch.path(), id)))
            .collect();
        let cluster = Self {
            options,
            admin: Mutex::new(admin),
            osds,
            _monitor: monitor,
            scratch,
        };
        cluster.wait_until_up(cluster.osds.len());
        cluster.create_pool(POOL, 1);
        cluster
    }

    /// What it was started with.
    #[must_use]
    pub fn options(&self) -> &ClusterOptions {
        &self.options
    }

    /// Its configuration file, also what a client needs to find it.
    #[must_use]
    pub fn conf(&self) -> PathBuf {
        self.scratch.path().join("ceph.conf")
    }

    /// Its directory: configuration, keyring, logs. Files of the test may lie here too.
    #[must_use]
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A client of its own for one test, as the administrator.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::connect(&self.conf(), "client.admin")
    }

    /// A client under another name, with capabilities on OSDs such as `allow r`. Means something with
    /// [`ClusterOptions::cephx`] only.
    ///
    /// # Panics
    /// When the name cannot be made.
    #[must_use]
    pub fn client_with_caps(&self, name: &str, osd_caps: &str) -> Client {
        let command = json!({
            "prefix": "auth get-or-create",
            "entity": name,
            "caps": ["mon", "allow r", "osd", osd_caps],
        });
        let keyring = self
            .monitor_command(&command)
            .unwrap_or_else(|error| panic!("{name} with {osd_caps:?}: {error}"));
        let file = self.scratch.file(&format!("{name}.keyring"), keyring);
        Client::connect_with_keyring(&self.conf(), name, Some(&file))
    }

    /// A command to the monitor, as Ceph's own command line sends it; answers its output.
    ///
    /// # Errors
    /// What the monitor said.
    pub fn monitor_command(&self, command: &serde_json::Value) -> Result<String, ClientError> {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        admin.monitor_command(command)
    }

    /// Makes a pool with this many copies of each object, and waits until it takes writes.
    ///
    /// # Panics
    /// When it does not.
    pub fn create_pool(&self, name: &str, copies: usize) {
        let pool = json!({
            "prefix": "osd pool create", "pool": name, "pool_type": "replicated",
            "pg_num": 8, "pgp_num": 8, "size": copies,
        });
        let application = json!({
            "prefix": "osd pool application enable", "pool": name, "app": "rados",
        });
        for command in [pool, application] {
            self.monitor_command(&command)
                .unwrap_or_else(|error| panic!("pool {name}: {error}"));
        }
        let mut client = self.client();
        client.use_pool(name);
        // Objects enough to reach every placement group: a test must not be the one that waits for peering.
        for index in 0..32 {
            let oid = format!(".ready.{index}");
            client
                .write_full(&oid, b"ready")
                .and_then(|()| client.remove(&oid))
                .unwrap_or_else(|error| panic!("{error}\n{}", self.tails()));
        }
    }

    /// How many OSDs the monitor takes to be up.
    #[must_use]
    pub fn osds_up(&self) -> usize {
        let stat = json!({"prefix": "osd stat", "format": "json"});
        let stat = self
            .monitor_command(&stat)
            .unwrap_or_else(|error| panic!("{error}"));
        let stat: serde_json::Value = serde_json::from_str(&stat).expect("osd stat is JSON");
        usize::try_from(stat["num_up_osds"].as_u64().unwrap_or(0)).unwrap_or(0)
    }

    /// Waits until this many OSDs are up.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_until_up(&self, count: usize) {
        let started = Instant::now();
        while self.osds_up() != count {
            assert!(
                started.elapsed() < PATIENCE && self.all_alive(),
                "not {count} OSDs up\n{}",
                self.tails()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether every OSD process runs. A crashed one is none that the monitor would know of yet.
    #[must_use]
    pub fn all_alive(&self) -> bool {
        (0..self.osds.len()).all(|id| self.osd(id, Daemon::is_alive))
    }

    /// What OSD `id` logged.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "reads the test's own scratch")]
    pub fn osd_log(&self, id: usize) -> String {
        let log = fs::read(self.osd_log_path(id)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// What all OSDs logged.
    #[must_use]
    pub fn osd_logs(&self) -> String {
        (0..self.osds.len()).map(|id| self.osd_log(id)).collect()
    }

    /// What the OSDs printed, which is not the log: whatever got past it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "reads the test's own scratch")]
    pub fn osd_output(&self) -> String {
        let output = |id| {
            let file = self.scratch.path().join(format!("osd.{id}.out"));
            let output = fs::read(file).unwrap_or_default();
            String::from_utf8_lossy(&output).into_owned()
        };
        (0..self.osds.len()).map(output).collect()
    }

    /// Where OSD `id` logs.
    #[must_use]
    pub fn osd_log_path(&self, id: usize) -> PathBuf {
        self.scratch.path().join(format!("osd.{id}.log"))
    }

    /// Waits until an OSD has logged `text`; says whether it did. Ceph's log is written after the event.
    #[must_use]
    pub fn logged(&self, text: &str) -> bool {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            if self.osd_logs().contains(text) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Processor time all OSDs have used since they were started.
    #[must_use]
    pub fn osd_cpu(&self) -> Duration {
        (0..self.osds.len())
            .map(|id| self.osd(id, |osd| osd.cpu()))
            .sum()
    }

    /// The process of OSD `id`.
    #[must_use]
    pub fn osd_pid(&self, id: usize) -> u32 {
        self.osd(id, |osd| osd.pid())
    }

    /// Asks OSD `id` to end: how it did, `None` when it has not within `patience`.
    #[must_use]
    pub fn end_osd(&self, id: usize, patience: Duration) -> Option<std::process::ExitStatus> {
        self.osd(id, |osd| osd.end(patience))
    }

    /// Kills OSD `id` with `SIGKILL`: no destructor, no flush.
    pub fn kill_osd(&self, id: usize) {
        self.osd(id, Daemon::kill);
    }

    /// Starts OSD `id` again on the store it left, and waits until all OSDs that run are up.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart_osd(&self, id: usize) {
        self.osd(id, |osd| {
            osd.kill();
            *osd = start_osd(&self.options, &self.conf(), self.scratch.path(), id);
        });
        // The monitor may still believe in the one that was killed; it knows when the new one booted.
        let started = Instant::now();
        while !self.booted(id) {
            assert!(
                started.elapsed() < PATIENCE && self.osd(id, Daemon::is_alive),
                "OSD {id} does not come back\n{}",
                self.tails()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        self.wait_until_up(self.osds.len());
    }

    /// Whether the OSD that runs as `id` has told so itself.
    fn booted(&self, id: usize) -> bool {
        let pid = self.osd(id, |osd| osd.pid());
        let socket = self.scratch.path().join(format!("run/osd.{id}.{pid}.asok"));
        client::osd_state(&socket).is_some_and(|state| state == "active")
    }

    fn osd<T>(&self, id: usize, act: impl FnOnce(&mut Daemon) -> T) -> T {
        act(&mut self.osds[id].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tails(&self) -> String {
        tails(self.scratch.path(), self.osds.len())
    }
}

/// The end of every daemon's log, for messages.
#[expect(clippy::disallowed_methods, reason = "reads the test's own scratch")]
fn tails(scratch: &Path, osds: usize) -> String {
    let mut names = vec!["mon.a.log".to_owned(), "mon.a.out".to_owned()];
    for id in 0..osds {
        names.extend([format!("osd.{id}.log"), format!("osd.{id}.out")]);
    }
    let tail = |name: String| {
        let bytes = fs::read(scratch.join(&name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        // A daemon that crashes appends everything it remembers.
        let text = text
            .split("--- begin dump of recent events ---")
            .next()
            .unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = &lines[lines.len().saturating_sub(40)..];
        format!("== {name}\n{}\n", end.join("\n"))
    };
    names.into_iter().map(tail).collect()
}

/// Makes OSD `id` known to the monitor, with a directory and a key.
fn prepare_osd(admin: &mut Client, scratch: &Path, id: usize) {
    let uuid = uuid_of(scratch, id);
    let new = json!({"prefix": "osd new", "uuid": uuid, "id": id});
    let name = format!("osd.{id}");
    let key = json!({
        "prefix": "auth get-or-create",
        "entity": name,
        "caps": ["mon", "allow profile osd", "osd", "allow *"],
    });
    let keyring = admin
        .monitor_command(&new)
        .and_then(|_| admin.monitor_command(&key))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let directory = scratch.join(&name);
    daemon::write(&directory.join("keyring"), keyring.as_bytes());
}

/// The id of the store of OSD `id`, made at the first question.
#[expect(clippy::disallowed_methods, reason = "reads the test's own scratch")]
fn uuid_of(scratch: &Path, id: usize) -> String {
    let file = scratch.join(format!("osd.{id}.uuid"));
    if let Ok(uuid) = fs::read_to_string(&file) {
        return uuid;
    }
    let uuid = daemon::random_uuid();
    daemon::write(&file, uuid.as_bytes());
    uuid
}

fn start_osd(options: &ClusterOptions, conf: &Path, scratch: &Path, id: usize) -> Daemon {
    let mut command = options.release.programs().command("ceph-osd");
    command.args(["-f", "-i", &id.to_string(), "-c"]).arg(conf);
    Daemon::start(command, &format!("osd.{id}"), scratch)
}
