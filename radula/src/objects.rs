//! Where the objects are: in a store of this process, or in a cluster.

use std::sync::Arc;

use loader::Loader;
use objclass::{ObjectId, Page};
use store::{FileBytes, PoolUsage, Store};

use crate::{
    ClusterError, ExecReply, Operation, OperationReply,
    cluster::Cluster,
    config::{Config, StorePlace},
    embedded::{Embedded, disk},
    error::{Cause, Error, OpenError},
    exec::Call,
    reader::ObjectReader,
    request::Request,
};

/// What a handle asks of the place its objects are in.
#[derive(Debug)]
pub(crate) enum Objects {
    Embedded(Embedded),
    Cluster(Box<Cluster>),
}

impl Objects {
    /// Opens what `config` names.
    pub(crate) fn open(config: &Config, loader: &Arc<Loader>) -> Result<Self, OpenError> {
        let store = match config.store() {
            StorePlace::Memory => store::memory(),
            StorePlace::Disk(path) => disk::open(&path, config)?,
            StorePlace::Cluster(url) => {
                return Ok(Objects::Cluster(Box::new(Cluster::open(&url, config)?)));
            }
        };
        Ok(Self::in_store(store, config, loader))
    }

    /// Objects in a store that is open already.
    pub(crate) fn in_store(store: Store, config: &Config, loader: &Arc<Loader>) -> Self {
        Objects::Embedded(Embedded::new(store, Arc::clone(loader), config))
    }

    /// Requests that begin from now on are under `config`.
    pub(crate) fn reconfigure(&self, config: &Config) {
        match self {
            Objects::Embedded(embedded) => embedded.reconfigure(config),
            Objects::Cluster(cluster) => cluster.reconfigure(config),
        }
    }

    pub(crate) fn exec(
        &self,
        id: ObjectId,
        call: &Call<'_>,
        request: Request<'_>,
    ) -> Result<ExecReply, Error> {
        match self {
            Objects::Embedded(embedded) => embedded.exec(id, call, request),
            Objects::Cluster(cluster) => cluster.exec(&id, call),
        }
    }

    pub(crate) fn operate(
        &self,
        id: ObjectId,
        operation: &Operation,
        request: Request<'_>,
    ) -> Result<OperationReply, Error> {
        match self {
            Objects::Embedded(embedded) => embedded.operate(id, operation, request),
            Objects::Cluster(cluster) => cluster.operate(&id, operation),
        }
    }

    /// Fails unless the method exists and does not write.
    pub(crate) fn reads_only(&self, class: &str, method: &str) -> Result<(), Error> {
        match self {
            Objects::Embedded(embedded) => embedded.reads_only(class, method),
            Objects::Cluster(cluster) => cluster.reads_only(),
        }
    }

    pub(crate) fn reader(&self, id: ObjectId) -> Result<ObjectReader, Error> {
        match self {
            Objects::Embedded(embedded) => embedded.reader(id),
            Objects::Cluster(cluster) => cluster.reader(id),
        }
    }

    /// The most bytes an object may have.
    pub(crate) fn max_size(&self) -> u64 {
        match self {
            Objects::Embedded(embedded) => embedded.max_size(),
            Objects::Cluster(cluster) => cluster.max_size(),
        }
    }

    pub(crate) fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        match self {
            Objects::Embedded(here) => {
                Ok(here.store().list(pool, namespace, after, prefix, max)?)
            }
            Objects::Cluster(cluster) => cluster.list(pool, namespace, after, prefix, max),
        }
    }

    pub(crate) fn pools(&self) -> Result<Vec<String>, Error> {
        match self {
            Objects::Embedded(embedded) => Ok(embedded.store().pools()?),
            Objects::Cluster(cluster) => cluster.pools(),
        }
    }

    pub(crate) fn usage(&self, pool: &str) -> Result<PoolUsage, Error> {
        match self {
            Objects::Embedded(embedded) => Ok(embedded.store().usage(pool)?),
            Objects::Cluster(_) => Err(told_by_ceph()),
        }
    }

    pub(crate) fn file_bytes(&self) -> Result<Option<FileBytes>, Error> {
        match self {
            Objects::Embedded(embedded) => Ok(embedded.store().file_bytes()?),
            Objects::Cluster(_) => Err(told_by_ceph()),
        }
    }

    pub(crate) fn sync(&self) -> Result<(), Error> {
        match self {
            Objects::Embedded(embedded) => Ok(embedded.store().sync()?),
            // What a cluster acknowledged is stable.
            Objects::Cluster(_) => Ok(()),
        }
    }

    /// The store of this process; `None` when the objects are in a cluster.
    pub(crate) fn store(&self) -> Option<&Store> {
        match self {
            Objects::Embedded(embedded) => Some(embedded.store()),
            Objects::Cluster(_) => None,
        }
    }
}

fn told_by_ceph() -> Error {
    Cause::from(ClusterError::Unsupported {
        what: "how full it is; ask `ceph df`",
    })
    .into()
}
