//! The engine: one store, one loader, and the settings in force.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use loader::{Loader, Runtime};
use objclass::{CallInfo, ObjectId};
use runtime::CallHost;
use store::{CommitTerms, Durability, Store, Wait};
use transaction::{Quotas, Transaction};

use crate::{
    IoCtx,
    cluster::Cluster,
    config::Config,
    error::{Cause, Error},
    open::OpenError,
};

/// An open engine. Clones are handles to the same one; the store closes when the last is dropped.
///
/// ```
/// use radula::{Config, Radula};
///
/// let config = Config::builtin(&Default::default()).with("store", "memory")?;
/// let radula = Radula::open(config)?;
/// let music = radula.ioctx("music");
/// music.write_full("song", "la la la")?;
/// assert_eq!(music.read("song", 0, 2)?, "la");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Radula {
    engine: Arc<Engine>,
}

#[derive(Debug)]
pub(crate) struct Engine {
    objects: Objects,
    loader: Loader,
    live: RwLock<Arc<Live>>,
}

/// Where the objects are.
#[derive(Debug)]
pub(crate) enum Objects {
    /// In a store of this process.
    Here(Store),
    /// In a cluster, whose OSDs run the classes.
    Cluster(Box<Cluster>),
}

/// The settings in force. A call keeps those it began with.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) config: Config,
    pub(crate) quotas: Quotas,
    pub(crate) durability: Durability,
    /// How many writers wait for one object at most, and how long.
    pub(crate) object_queue: (usize, Duration),
}

impl Live {
    fn new(config: Config) -> Self {
        Self {
            quotas: config.quotas(),
            object_queue: config.object_queue(),
            durability: if config.is_durable() {
                Durability::Sync
            } else {
                Durability::Buffered
            },
            config,
        }
    }
}

impl Radula {
    /// Opens the store and the loader `config` describes, with every runtime of this build.
    ///
    /// # Errors
    /// The store does not open.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let runtimes = runtime::runtimes(&config.typed().runtime_options());
        Self::open_with_runtimes(config, runtimes)
    }

    /// As [`open`](Radula::open), with these runtimes instead, in order of precedence: for a host that brings its
    /// own. Name their kinds in [`Sources::runtimes`](crate::Sources::runtimes): then they have directories, and a switch.
    ///
    /// # Errors
    /// The store does not open.
    pub fn open_with_runtimes(config: Config, runtimes: Vec<Runtime>) -> Result<Self, OpenError> {
        let objects = crate::open::objects(&config)?;
        Ok(Self::on(config, objects, runtimes))
    }

    /// An engine on a store that is open already, whatever `config` says of one.
    #[must_use]
    pub fn assemble(config: Config, store: Store, runtimes: Vec<Runtime>) -> Self {
        Self::on(config, Objects::Here(store), runtimes)
    }

    fn on(config: Config, objects: Objects, runtimes: Vec<Runtime>) -> Self {
        let loader = Loader::new(runtimes, config.typed().loader_config());
        Self {
            engine: Arc::new(Engine {
                objects,
                loader,
                live: RwLock::new(Arc::new(Live::new(config))),
            }),
        }
    }

    /// Applies another configuration in this process: classes, limits, quotas, lists and defaults change for the
    /// calls that begin from now on. Class files are looked at again.
    ///
    /// # Errors
    /// [`OpenError::NeedsRestart`] when it asks for another store, or for other settings of the open one; then nothing
    /// changes.
    pub fn reconfigure(&self, config: Config) -> Result<(), OpenError> {
        let live = self.engine.live();
        if let Some(key) = live.config.typed().needs_restart(config.typed()) {
            let key = key.to_owned();
            return Err(OpenError::NeedsRestart { key });
        }
        self.engine
            .loader
            .reconfigure(config.typed().loader_config());
        let mut current = self
            .engine
            .live
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(Live::new(config));
        Ok(())
    }

    /// The objects of one pool, in the configured namespace. A pool exists as long as it has objects.
    #[must_use]
    pub fn ioctx(&self, pool: &str) -> IoCtx {
        let namespace = self.engine.live().config.namespace().to_owned();
        IoCtx::new(Arc::clone(&self.engine), pool.to_owned(), namespace)
    }

    /// The objects of the configured pool and namespace.
    #[must_use]
    pub fn default_ioctx(&self) -> IoCtx {
        self.ioctx(self.engine.live().config.pool())
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        self.engine.live().config.clone()
    }

    /// The store, for what the facade does not offer; `None` when the objects are in a cluster.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        match &self.engine.objects {
            Objects::Here(store) => Some(store),
            Objects::Cluster(_) => None,
        }
    }

    /// The loader, for what the facade does not offer. It knows the classes of this machine: those of a cluster are
    /// where its OSDs are.
    #[must_use]
    pub fn loader(&self) -> &Loader {
        &self.engine.loader
    }

    /// The pools that have objects; in a cluster, those there are.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pools(&self) -> Result<Vec<String>, Error> {
        match &self.engine.objects {
            Objects::Here(store) => Ok(store.pools()?),
            Objects::Cluster(cluster) => cluster.pools(),
        }
    }

    /// Makes every acknowledged change stable, buffered ones included. What a cluster acknowledged is stable.
    ///
    /// # Errors
    /// The store could not write.
    pub fn sync(&self) -> Result<(), Error> {
        match &self.engine.objects {
            Objects::Here(store) => Ok(store.sync()?),
            Objects::Cluster(_) => Ok(()),
        }
    }
}

impl Engine {
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn objects(&self) -> &Objects {
        &self.objects
    }

    pub(crate) fn host(&self) -> CallHost<'_> {
        CallHost::new(&self.loader, runtime::trace)
    }

    /// Runs `body` in a transaction on the object and commits what it changed, if it succeeds. Returns its answer
    /// and the object's version afterwards.
    ///
    /// A body that does not write runs on a snapshot without waiting for anyone, and not at all when there is no
    /// object. A body that writes has the object for itself until it is committed.
    pub(crate) fn perform<T>(
        &self,
        store: &Store,
        id: ObjectId,
        live: &Live,
        access: &Access<'_>,
        body: impl FnOnce(&mut Transaction) -> Result<T, Error>,
    ) -> Result<(T, u64), Error> {
        store::check_id(&id)?;
        let writing = match access.writes {
            true => {
                let (longest_queue, longest) = live.object_queue;
                let wait = Wait::until(Instant::now() + longest).unless_waiting(longest_queue);
                Some(store.begin(&id, wait)?)
            }
            false => None,
        };
        let snapshot = match &writing {
            Some(writing) => writing.snapshot()?,
            None => store.snapshot(&id)?,
        };
        let version = match snapshot.head()? {
            Some(head) => head.version,
            None if access.writes => 0,
            None => return Err(Cause::NoObject.into()),
        };
        let info = CallInfo {
            object: id,
            version,
            subop: 0,
            origin: access.origin.to_owned(),
        };
        let mut transaction = Transaction::new(snapshot, info, live.quotas.clone());
        let answer = body(&mut transaction)?;
        let Some(writing) = writing else {
            return Ok((answer, version));
        };
        match transaction.into_changes() {
            None => Ok((answer, version)),
            Some(changes) => {
                let removed = matches!(changes, transaction::Changes::Removed);
                let terms = CommitTerms {
                    durability: access.durability.unwrap_or(live.durability),
                    pool_objects: Some(live.quotas.pool_objects),
                };
                let version = writing.commit(changes, terms)?;
                Ok((answer, if removed { 0 } else { version }))
            }
        }
    }
}

/// How an operation uses its object.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) writes: bool,
    pub(crate) durability: Option<Durability>,
    pub(crate) origin: &'a str,
}
