//! The engine: the objects, the loader of their classes, and the configuration in force.

mod builder;

use std::sync::{Arc, PoisonError, RwLock};

use loader::Loader;
use store::{FileBytes, PoolUsage, Store};

use crate::{
    IoCtx,
    config::Config,
    error::{Error, OpenError},
    objects::Objects,
};

pub use builder::Builder;

/// An open engine. Clones are handles to the same one; the store closes when the last is dropped.
///
/// ```
/// use radula::{Config, Radula};
///
/// let config = Config::default().in_memory();
/// let radula = Radula::open(config)?;
/// let music = radula.ioctx("music");
/// music.write_full("song", "la la la")?;
/// assert_eq!(music.read("song", ..2)?, "la");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Radula {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    objects: Arc<Objects>,
    loader: Arc<Loader>,
    config: RwLock<Arc<Config>>,
}

impl Radula {
    /// Opens the store and the loader `config` describes, with every runtime of this build: what
    /// [`builder`](Radula::builder) does when nothing else is asked for.
    ///
    /// # Errors
    /// [`OpenError`] when the store does not open.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        Self::builder().config(config).open()
    }

    /// Begins an engine, to be opened with a configuration, a store or runtimes of the program's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Applies another configuration in this process: classes, limits, quotas, lists and defaults change for the
    /// calls that begin from now on. Class files are looked at again.
    ///
    /// # Errors
    /// [`OpenError::NeedsRestart`] when it asks for another store, or for other settings of the open one; then nothing
    /// changes.
    pub fn reconfigure(&self, config: Config) -> Result<(), OpenError> {
        let before = self.in_force();
        if let Some(key) = before.typed().needs_restart(config.typed()) {
            let key = key.to_owned();
            return Err(OpenError::NeedsRestart { key });
        }
        let loading = config.typed().loader_config();
        self.inner.loader.reconfigure(loading);
        self.inner.objects.reconfigure(&config);
        let mut current = self
            .inner
            .config
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(config);
        Ok(())
    }

    fn in_force(&self) -> Arc<Config> {
        let config = self.inner.config.read();
        Arc::clone(&config.unwrap_or_else(PoisonError::into_inner))
    }

    /// The objects of one pool, in the configured namespace. A pool exists as long as it has objects.
    #[must_use]
    pub fn ioctx(&self, pool: &str) -> IoCtx {
        let namespace = self.in_force().namespace().to_owned();
        IoCtx::new(Arc::clone(&self.inner.objects), pool.to_owned(), namespace)
    }

    /// The objects of the configured pool and namespace.
    #[must_use]
    pub fn default_ioctx(&self) -> IoCtx {
        self.ioctx(self.in_force().pool())
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        Config::clone(&self.in_force())
    }

    pub(crate) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// The store, for what the facade does not offer; `None` when the objects are in a cluster.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        self.inner.objects.store()
    }

    /// The loader, for what the facade does not offer. It knows the classes of this machine: those of a cluster are
    /// where its OSDs are.
    #[must_use]
    pub fn loader(&self) -> &Loader {
        &self.inner.loader
    }

    /// Lists the pools that have objects; in a cluster, all pools.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pools(&self) -> Result<Vec<String>, Error> {
        self.inner.objects.pools()
    }

    /// Says how much is in a pool.
    ///
    /// # Errors
    /// The store cannot be read; the objects are in a cluster.
    pub fn usage(&self, pool: &str) -> Result<PoolUsage, Error> {
        self.inner.objects.usage(pool)
    }

    /// Says what the files of the store take; `None` of a store in memory.
    ///
    /// # Errors
    /// The files cannot be looked at; the objects are in a cluster.
    pub fn file_bytes(&self) -> Result<Option<FileBytes>, Error> {
        self.inner.objects.file_bytes()
    }

    /// Makes every acknowledged change stable, buffered ones included. What a cluster acknowledged is stable.
    ///
    /// # Errors
    /// The store could not write.
    pub fn sync(&self) -> Result<(), Error> {
        self.inner.objects.sync()
    }
}
