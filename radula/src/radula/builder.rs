//! How an engine is opened.

use std::sync::{Arc, RwLock};

use loader::{Loader, Runtime};
use store::Store;

use super::{Inner, Radula};
use crate::{config::Config, error::OpenError, objects::Objects};

/// An engine about to be opened; see [`Radula::builder`].
///
/// ```
/// use radula::{Config, Radula};
///
/// let config = Config::default().in_memory();
/// let radula = Radula::builder().config(config).open()?;
/// assert!(radula.pools()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "nothing is open until `open` is called"]
pub struct Builder {
    config: Option<Config>,
    runtimes: Option<Vec<Runtime>>,
    store: Option<Store>,
}

impl Builder {
    /// The settings. Without this they are the built-in ones.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// The runtimes, in order of precedence, in place of those of this build. Name the kinds of your own in
    /// [`Sources::runtimes`](crate::Sources::runtimes): then they have directories, and a switch.
    pub fn runtimes(mut self, runtimes: Vec<Runtime>) -> Self {
        self.runtimes = Some(runtimes);
        self
    }

    /// A store that is open already, in place of the one the configuration names.
    pub fn store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Opens the engine.
    ///
    /// # Errors
    /// [`OpenError`] when the configured store does not open.
    pub fn open(self) -> Result<Radula, OpenError> {
        let config = self
            .config
            .unwrap_or_else(|| Config::builtin(&Default::default()));
        let runtimes = self
            .runtimes
            .unwrap_or_else(|| runtime::runtimes(&config.typed().runtime_options()));
        let loader = Arc::new(Loader::new(runtimes, config.typed().loader_config()));
        let objects = match self.store {
            Some(store) => Objects::in_store(store, &config, &loader),
            None => Objects::open(&config, &loader)?,
        };
        Ok(Radula {
            inner: Arc::new(Inner {
                objects: Arc::new(objects),
                loader,
                config: RwLock::new(Arc::new(config)),
            }),
        })
    }
}
