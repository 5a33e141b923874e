//! Handles on pools and namespaces, kept as long as the connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ceph_client::{Pool, PoolError};

use crate::{ClusterError, error::Error};

/// Namespaces are the caller's to choose; beyond this many the handles are made anew.
const MAX_HANDLES: usize = 1024;

#[derive(Debug)]
pub(super) struct Pools {
    cluster: ceph_client::Cluster,
    open: Mutex<HashMap<(String, String), Arc<Pool>>>,
}

impl Pools {
    pub(super) fn new(cluster: ceph_client::Cluster) -> Self {
        Self {
            cluster,
            open: Mutex::default(),
        }
    }

    pub(super) fn get(&self, pool: &str, namespace: &str) -> Result<Arc<Pool>, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (pool.to_owned(), namespace.to_owned());
        if let Some(handle) = open.get(&key) {
            return Ok(Arc::clone(handle));
        }
        let handle = Arc::new(self.cluster.pool(pool, namespace).map_err(refused)?);
        if open.len() >= MAX_HANDLES {
            open.clear();
        }
        open.insert(key, Arc::clone(&handle));
        Ok(handle)
    }

    pub(super) fn of_all_namespaces(&self, pool: &str) -> Result<Arc<Pool>, Error> {
        let handle = self.cluster.pool_of_all_namespaces(pool);
        Ok(Arc::new(handle.map_err(refused)?))
    }

    pub(super) fn names(&self) -> Result<Vec<String>, Error> {
        self.cluster.pools().map_err(refused)
    }
}

pub(super) fn refused(error: PoolError) -> Error {
    match error {
        PoolError::Missing { pool } => ClusterError::NoPool { pool }.into(),
        PoolError::Nul { what } => ClusterError::Nul { what }.into(),
        error => crate::error::Cause::Refused(error.errno()).into(),
    }
}
