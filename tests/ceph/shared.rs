//! Clusters that tests share.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use libtest_mimic::{Failed, Trial};
use testkit::cluster::{ClassDir, Cluster, ClusterOptions, Missing, Release};

/// What tests ask of the configuration of a plugin: class files are looked at often, so that no test waits long.
const PLUGIN_CONFIG: &[u8] = b"[ceph]\nreload_interval = \"200ms\"\n";

/// A cluster with its class directory, which starts when the first test asks for it and ends when the last one that
/// could is done.
#[derive(Clone)]
pub(crate) struct Shared {
    name: String,
    lazy: Arc<Lazy>,
}

type Start = dyn Fn() -> Result<(ClassDir, ClusterOptions), Missing> + Send + Sync;

struct Lazy {
    start: Box<Start>,
    running: OnceLock<Result<Running, String>>,
}

/// A cluster that runs, and its class directory.
pub(crate) struct Running {
    // Dropped first: the directory goes when nobody loads from it any more.
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) classes: Arc<ClassDir>,
}

impl Shared {
    /// Ceph as it comes, after `change`.
    pub(crate) fn stock(
        name: &str,
        release: Release,
        change: impl Fn(ClusterOptions) -> ClusterOptions + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move || {
            let classes = ClassDir::stock(release);
            let options = ClusterOptions::of(release, classes.path())?;
            Ok((classes, change(options)))
        })
    }

    /// Ceph with our plugin, and our class `lua` in place of its own.
    pub(crate) fn with_plugin(
        name: &str,
        change: impl Fn(ClusterOptions, &ClassDir) -> ClusterOptions + Send + Sync + 'static,
    ) -> Self {
        Self::with_plugin_in(name, Release::Installed, change)
    }

    /// The same with the daemons of `release`.
    pub(crate) fn with_plugin_in(
        name: &str,
        release: Release,
        change: impl Fn(ClusterOptions, &ClassDir) -> ClusterOptions + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move || {
            let classes = ClassDir::with_plugin(release);
            classes.put("radula/radula.toml", PLUGIN_CONFIG);
            let options = ClusterOptions::of(release, classes.path())?;
            let options = change(options, &classes);
            Ok((classes, options))
        })
    }

    fn new(
        name: &str,
        start: impl Fn() -> Result<(ClassDir, ClusterOptions), Missing> + Send + Sync + 'static,
    ) -> Self {
        let lazy = Lazy {
            start: Box::new(start),
            running: OnceLock::new(),
        };
        Self {
            name: name.to_owned(),
            lazy: Arc::new(lazy),
        }
    }

    /// The cluster, started if it is not.
    pub(crate) fn running(&self) -> Result<&Running, Failed> {
        self.lazy.running().map_err(Failed::from)
    }

    /// A trial on it, named `CLUSTER/SENTENCE`.
    pub(crate) fn trial(
        &self,
        name: &str,
        test: impl FnOnce(&Cluster, &ClassDir) + Send + 'static,
    ) -> Trial {
        let lazy = Arc::clone(&self.lazy);
        Trial::test(format!("{}/{name}", self.name), move || {
            let running = lazy.running().map_err(Failed::from)?;
            test(&running.cluster, &running.classes);
            Ok(())
        })
    }
}

impl Lazy {
    fn running(&self) -> Result<&Running, &String> {
        // A cluster that does not start fails its tests once each, not for a minute each.
        let start = || {
            let started = catch_unwind(AssertUnwindSafe(|| {
                let (classes, options) = (self.start)().map_err(|missing| missing.to_string())?;
                let cluster = Cluster::start(options);
                Ok(Running {
                    cluster: Arc::new(cluster),
                    classes: Arc::new(classes),
                })
            }));
            started.unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                Err(text.unwrap_or_else(|| "the cluster did not start".into()))
            })
        };
        self.running.get_or_init(start).as_ref()
    }
}

/// Whether `condition` comes true within ten seconds.
pub(crate) fn soon(mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
