//! Pools come and go.

use std::collections::BTreeMap;

use radula::Errno;

use super::Cluster;
use crate::{
    maps::{FLAG_NODELETE, PoolKind, Tags},
    objects::RECORD_POOL,
};

/// Placement groups of a pool nobody said anything of: a listing goes through them one by one.
const PG_NUM: u32 = 1;
const MOST_PGS: u32 = 65_536;
/// Longest name of a pool, in bytes, as in the store.
pub(super) const LONGEST_NAME: usize = 255;

/// A pool to be created.
#[derive(Clone, Debug)]
pub(crate) struct NewPool {
    pub(crate) name: String,
    pub(crate) kind: PoolKind,
    pub(crate) pg_num: u32,
    pub(crate) applications: BTreeMap<String, Tags>,
}

impl NewPool {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: PoolKind::default(),
            pg_num: PG_NUM,
            applications: BTreeMap::new(),
        }
    }

    pub(crate) fn with_application(mut self, application: &str) -> Self {
        self.applications
            .insert(application.to_owned(), Tags::new());
        self
    }

    pub(super) fn check(&self) -> Result<(), Errno> {
        let is_named = (1..=LONGEST_NAME).contains(&self.name.len()) && self.name != RECORD_POOL;
        match is_named && (1..=MOST_PGS).contains(&self.pg_num) {
            true => Ok(()),
            false => Err(Errno::EINVAL),
        }
    }
}

impl Cluster {
    /// Creates a pool. Returns its number and the epoch that has it.
    ///
    /// # Errors
    /// `EEXIST`, `EINVAL`.
    pub(crate) fn create_pool(&self, pool: &NewPool) -> Result<(u64, u32), Errno> {
        let now = self.objects.now();
        self.change(|record| record.add_pool(pool, now))
    }

    /// Deletes a pool and everything in it. Returns the epoch without it.
    ///
    /// # Errors
    /// `ENOENT`; `EPERM` when it is marked as not to be deleted; `EIO` when its objects could not be removed, which goes on after a restart.
    pub(crate) fn delete_pool(&self, name: &str) -> Result<u32, Errno> {
        let view = self.view();
        let pool = view.pool_named(name).ok_or(Errno::ENOENT)?;
        if pool.map.flags & FLAG_NODELETE != 0 {
            return Err(Errno::EPERM);
        }
        let id = pool.map.id;
        let stored = pool.map.stored();
        let ((), _) = self.change(|record| {
            let before = record.pools.len();
            record.pools.retain(|pool| pool.id != id);
            if record.pools.len() == before {
                return Err(Errno::ENOENT);
            }
            record.deleting.push(stored.to_owned());
            Ok(())
        })?;
        pool.gate.shut();
        self.objects.remove_all(stored).map_err(|error| {
            tracing::error!("pool {name} is not empty yet: {error}");
            Errno::EIO
        })?;
        let ((), epoch) = self.change(|record| {
            record.deleting.retain(|deleting| deleting != stored);
            Ok(())
        })?;
        Ok(epoch)
    }
}
