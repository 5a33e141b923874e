//! A served store, and clients that work on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use radula::{Config, Radula};
use radula_server::{ServeOptions, Server};
use tempfile::TempDir;

/// How long one client may take, in seconds: `timeout` ends one that hangs.
const PATIENCE: &str = "120";

/// A served store with a `ceph.conf` beside it.
pub(crate) struct Served {
    pub(crate) server: Server,
    pub(crate) dir: TempDir,
}

/// Whether the machine has Ceph's clients. Without them these tests are left out and say so; not on CI.
pub(crate) fn clients() -> bool {
    let version = Command::new("rados").arg("--version").output();
    let there = version.is_ok_and(|output| output.status.success());
    let must = std::env::var_os("CI").is_some();
    assert!(
        there || !must,
        "there is no `rados`: run `cargo xtask install`"
    );
    if !there {
        eprintln!("left out: there is no `rados`; `cargo xtask install` installs it");
    }
    there
}

impl Served {
    /// Serves a new store; `None` when there are no clients to serve.
    pub(crate) fn on(store: &str) -> Option<Self> {
        if !clients() {
            return None;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let store = match store {
            "disk" => dir.path().join("store").display().to_string(),
            other => other.to_owned(),
        };
        Some(Self::serve(open(&store), dir))
    }

    /// Serves a new store of this configuration.
    pub(crate) fn with(config: Config) -> Option<Self> {
        if !clients() {
            return None;
        }
        let radula = Radula::open(config).expect("it opens");
        let dir = tempfile::tempdir().expect("a directory");
        Some(Self::serve(radula, dir))
    }

    fn serve(radula: Radula, dir: TempDir) -> Self {
        let server = Server::start(radula, &ServeOptions::default()).expect("it starts");
        fs::write(dir.path().join("ceph.conf"), server.ceph_conf()).expect("it is written");
        Self { server, dir }
    }

    pub(crate) fn conf(&self) -> PathBuf {
        self.dir.path().join("ceph.conf")
    }

    /// Runs a client and returns what it printed.
    pub(crate) fn run(&self, program: &str, args: &[&str]) -> String {
        let output = self.try_run(program, args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{program} {args:?}: {}\n{}{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    pub(crate) fn try_run(&self, program: &str, args: &[&str]) -> Output {
        Command::new("timeout")
            .args([PATIENCE, program])
            .args(args)
            .env("CEPH_CONF", self.conf())
            .current_dir(self.dir.path())
            .output()
            .expect("`timeout` is there")
    }

    pub(crate) fn rados(&self, line: &str) -> String {
        let mut args = vec!["-p", "rbd"];
        args.extend(line.split(' '));
        self.run("rados", &args)
    }

    /// Runs a script of this directory with a client of this release.
    pub(crate) fn python(&self, client: Client, script: &str) -> String {
        let words = client.words(script);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run("env", &words)
    }
}

/// Such a run, to be started.
pub(crate) fn python(client: Client, script: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args([PATIENCE, "env"]).args(client.words(script));
    command
}

/// A release of Ceph whose librados is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// The machine's packages.
    Installed,
    /// 18.2, of Debian 13.
    Eighteen,
    /// 20.2, of Debian's next release.
    Twenty,
}

impl Client {
    /// All that are here; on CI they must be.
    pub(crate) fn all() -> Vec<Client> {
        let mut clients = vec![Client::Installed];
        for client in [Client::Eighteen, Client::Twenty] {
            let there = client
                .root()
                .is_some_and(|root| root.join("unpacked").exists());
            let must = std::env::var_os("CI").is_some();
            assert!(there || !must, "{client:?}: run `cargo xtask install`");
            match there {
                true => clients.push(client),
                false => eprintln!("left out: {client:?}; `cargo xtask install` installs it"),
            }
        }
        clients
    }

    /// The folder it was unpacked into.
    fn root(self) -> Option<PathBuf> {
        let folder = match self {
            Client::Installed => return None,
            Client::Eighteen => "client-18",
            Client::Twenty => "client-20",
        };
        let test = std::env::current_exe().expect("a test is a file");
        let target = test
            .ancestors()
            .nth(3)
            .expect("it is in a target directory");
        Some(target.join("tools").join(folder))
    }

    /// A script of this directory with its Python, as words for `env`.
    fn words(self, script: &str) -> Vec<String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stock");
        let mut words = self.python();
        words.push(here.join(script).display().to_string());
        words
    }

    /// The Python that has its librados, as words for `env`.
    fn python(self) -> Vec<String> {
        let Some(root) = self.root() else {
            // Debian's own, whatever else is in the path.
            return vec!["/usr/bin/python3".to_owned()];
        };
        let libraries = root.join("usr/lib/x86_64-linux-gnu");
        let (home, libraries) = (root.join("usr"), libraries.display());
        vec![
            format!("PYTHONHOME={}", home.display()),
            format!("PYTHONPATH={}/lib/python3/dist-packages", home.display()),
            format!("{}/lib64/ld-linux-x86-64.so.2", home.display()),
            "--inhibit-cache".to_owned(),
            "--library-path".to_owned(),
            format!("{libraries}:{libraries}/ceph"),
            format!("{}/bin/python3", home.display()),
        ]
    }
}

pub(crate) fn open(store: &str) -> Radula {
    Radula::open(configured(store)).expect("it opens")
}

/// The configuration of a store with the bundled classes.
pub(crate) fn configured(store: &str) -> Config {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let classes = std::env::join_paths([here.join("../classes/lua"), here.join("tests/classes")]);
    let classes = classes.expect("no directory of ours has a colon");
    Config::builtin(&Default::default())
        .with("store", store)
        .and_then(|config| config.with("lua_class_dir", classes.to_str().expect("UTF-8")))
        .expect("it is a configuration")
}
