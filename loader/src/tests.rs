//! The loader on a language of its own: a class file is a few words a line, and the backend counts what it opens.
#![expect(
    clippy::disallowed_methods,
    reason = "tests install, break and remove class files"
)]

mod concurrency;
mod dependencies;
mod reload;
mod reports;
mod resolution;
mod retry;

use std::{
    fmt, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use objclass::{
    BuiltinClass, CallError, Class, ClassBackend, ClassName, Context, Errno, Limits, Method,
    MethodFlags, MethodName, Module, OpenError, Reply,
};
use tempfile::TempDir;

use crate::{
    ClassState, ClassUnavailable, Kind, Loader, LoaderConfig, OpenClass, Runtime, lock::lock,
};

fn class(name: &str) -> ClassName {
    ClassName::new(name).unwrap()
}

pub(crate) const NATIVE: Kind = Kind {
    prefix: "libcls_",
    ..kind("native", ".so", &[])
};
pub(crate) const LUA: Kind = kind("lua", ".lua", &["lua"]);
const WASM: Kind = kind("wasm", ".wasm", &[]);

const fn kind(name: &'static str, suffix: &'static str, builtin: &'static [&'static str]) -> Kind {
    Kind {
        name,
        title: name,
        prefix: "cls_",
        suffix,
        feature: name,
        dir_key: name,
        builtin,
    }
}

/// The three kinds in order of precedence, each with its language if that is among `fakes`.
fn runtimes(fakes: &[&Arc<Fake>]) -> Vec<Runtime> {
    let runtime = |kind: Kind| {
        let fake = fakes.iter().find(|fake| fake.runtime == kind.name);
        match fake.copied() {
            Some(fake) => Runtime::new(kind, Arc::clone(fake) as Arc<dyn ClassBackend>),
            None => Runtime::missing(kind),
        }
    };
    [NATIVE, LUA, WASM].map(runtime).into()
}

/// A language in which a class is written as lines: `methods a b`, `depends x y`, `broken why`, `panic`, `slow`, `wait`.
/// Other lines mean nothing, so that versions can be told apart.
struct Fake {
    runtime: &'static str,
    implied: Vec<ClassName>,
    builtin: Vec<ClassName>,
    opens: AtomicUsize,
    /// Where files that say `wait` wait while they are opened: on the way in and on the way out.
    gate: Gate,
}

/// Two threads meet here. Unlike a `Barrier` it gives up, so that a failed test does not hang.
#[derive(Default)]
struct Gate {
    arrivals: Mutex<usize>,
    arrived: Condvar,
}

impl Gate {
    fn wait(&self) {
        let mut arrivals = lock(&self.arrivals);
        *arrivals += 1;
        let pair = arrivals.next_multiple_of(2);
        self.arrived.notify_all();
        let patience = Duration::from_secs(30);
        let (arrivals, late) = self
            .arrived
            .wait_timeout_while(arrivals, patience, |arrivals| *arrivals < pair)
            .unwrap();
        drop(arrivals);
        assert!(!late.timed_out(), "nobody came to the gate");
    }
}

impl Fake {
    fn lua() -> Self {
        Self {
            implied: vec![class("lua")],
            builtin: vec![class("lua")],
            ..Self::named("lua")
        }
    }

    fn named(runtime: &'static str) -> Self {
        Self {
            runtime,
            implied: Vec::new(),
            builtin: Vec::new(),
            opens: AtomicUsize::new(0),
            gate: Gate::default(),
        }
    }

    fn opens(&self) -> usize {
        self.opens.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.runtime)
    }
}

impl ClassBackend for Fake {
    fn max_module_size(&self) -> u64 {
        1 << 20
    }

    fn implied_dependencies(&self) -> &[ClassName] {
        &self.implied
    }

    fn builtin_classes(&self) -> Vec<BuiltinClass> {
        let builtin = |name: &ClassName| BuiltinClass {
            name: name.clone(),
            class: Arc::new(FakeClass {
                is_eval: true,
                ..FakeClass::parse("methods eval").unwrap()
            }),
        };
        self.builtin.iter().map(builtin).collect()
    }

    fn open(&self, module: &Module, _limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        self.opens.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8(module.bytes.to_vec()).unwrap();
        if text.lines().any(|line| line == "wait") {
            self.gate.wait();
            self.gate.wait();
        }
        assert!(text.lines().all(|line| line != "panic"), "asked to panic");
        if text.lines().any(|line| line == "slow") {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Arc::new(FakeClass::parse(&text)?))
    }
}

#[derive(Debug)]
struct FakeClass {
    #[expect(
        dead_code,
        reason = "read through `Debug`, which is all an `Arc<dyn Class>` offers"
    )]
    text: String,
    methods: Vec<Method>,
    dependencies: Vec<ClassName>,
    is_eval: bool,
}

impl FakeClass {
    fn parse(text: &str) -> Result<Self, OpenError> {
        let mut parsed = Self {
            text: text.to_owned(),
            methods: Vec::new(),
            dependencies: Vec::new(),
            is_eval: false,
        };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("methods") => parsed.methods.extend(words.map(method)),
                Some("depends") => parsed.dependencies.extend(words.map(class)),
                Some("broken") => {
                    return Err(OpenError::Malformed {
                        message: line.to_owned(),
                        location: None,
                    });
                }
                _ => {}
            }
        }
        Ok(parsed)
    }
}

fn method(name: &str) -> Method {
    Method::new(MethodName::new(name).unwrap(), MethodFlags::RD)
}

impl Class for FakeClass {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &self.dependencies
    }

    fn is_eval(&self) -> bool {
        self.is_eval
    }

    fn call(&self, _: usize, _: &mut Context<'_>, _: &[u8]) -> Result<Reply, CallError> {
        Ok(Reply::default())
    }
}

/// Directories to install classes in, and a loader on them.
struct Site {
    root: TempDir,
    lua: Arc<Fake>,
    config: LoaderConfig,
}

impl Site {
    /// One directory `lua`, nothing switched off.
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        // Whatever the umask.
        set_mode(root.path(), 0o755);
        let site = Self {
            lua: Arc::new(Fake::lua()),
            config: LoaderConfig {
                dirs: vec![("lua", vec![root.path().join("lua")])],
                ..LoaderConfig::default()
            },
            root,
        };
        site.dir("lua");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn dir(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        set_mode(&path, 0o755);
        path
    }

    fn install(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        // Renamed into place, as files are to be installed.
        let draft = path.with_extension("tmp");
        write(&draft, text.as_bytes());
        fs::rename(&draft, &path).unwrap();
        path
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// A loader with Lua only.
    fn loader(&self) -> Loader {
        Loader::new(runtimes(&[&self.lua]), self.config.clone())
    }
}

/// Writes a file nobody else may write, whatever the umask.
fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    set_mode(path, 0o644);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What the file of an open class said when it was loaded.
fn text(open: &OpenClass) -> String {
    let debug = format!("{:?}", open.class);
    let text = debug.split("text: \"").nth(1).unwrap();
    text.split('"').next().unwrap().to_owned()
}

#[track_caller]
fn refused(loader: &Loader, name: &str, errno: Errno) -> ClassUnavailable {
    let error = loader.open(name).expect_err("it opened");
    assert_eq!(error.errno(), errno, "{}", error.reason());
    error
}

#[track_caller]
fn state(loader: &Loader, name: &str) -> ClassState {
    let table = loader.list();
    let status = table
        .classes
        .iter()
        .find(|status| status.name.as_str() == name);
    status.expect("it is not listed").state
}
