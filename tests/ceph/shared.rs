//! Clusters that tests share.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use libtest_mimic::{Failed, Trial};
use testkit::cluster::{Cluster, ClusterOptions};

/// A cluster that starts when the first test asks for it and ends when the last one that could is done.
#[derive(Clone)]
pub(crate) struct Shared {
    name: &'static str,
    lazy: Arc<Lazy>,
}

struct Lazy {
    options: Box<dyn Fn() -> ClusterOptions + Send + Sync>,
    cluster: OnceLock<Result<Cluster, String>>,
}

impl Shared {
    /// A cluster that trials call `name`.
    pub(crate) fn new(
        name: &'static str,
        options: impl Fn() -> ClusterOptions + Send + Sync + 'static,
    ) -> Self {
        let lazy = Lazy {
            options: Box::new(options),
            cluster: OnceLock::new(),
        };
        Self {
            name,
            lazy: Arc::new(lazy),
        }
    }

    /// A trial on it, named `CLUSTER/TOPIC/SENTENCE`.
    pub(crate) fn trial(&self, name: &str, test: impl FnOnce(&Cluster) + Send + 'static) -> Trial {
        let lazy = Arc::clone(&self.lazy);
        Trial::test(format!("{}/{name}", self.name), move || {
            test(lazy.cluster()?);
            Ok(())
        })
    }
}

impl Lazy {
    fn cluster(&self) -> Result<&Cluster, Failed> {
        // A cluster that does not start fails its tests once each, not for a minute each.
        let start = || {
            catch_unwind(AssertUnwindSafe(|| Cluster::start((self.options)()))).map_err(|panic| {
                panic
                    .downcast_ref::<String>()
                    .cloned()
                    .unwrap_or_else(|| "the cluster did not start".into())
            })
        };
        self.cluster
            .get_or_init(start)
            .as_ref()
            .map_err(Failed::from)
    }
}
