//! The cluster clients see: its identity, its pools, its epochs. Kept in the store, so that it is the same after a
//! restart.

mod pools;
mod record;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use radula::{Errno, Timestamp};
use tokio::sync::watch;

use crate::{
    maps::{Fsid, MapPool, OsdMap, osd_map},
    objects::Objects,
    wire::Address,
};

pub(crate) use pools::NewPool;
pub(crate) use record::{Blocked, Record};

/// How many names for clients are reserved with one write.
const NAMES_AT_ONCE: u64 = 1 << 20;

/// The cluster as it is now, whole and unchanging.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) record: Record,
    /// The map of this epoch, as clients get it.
    pub(crate) osd_map: Bytes,
    pools: HashMap<u64, Arc<Pool>>,
}

/// A pool that exists, for as long as someone uses it.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) map: MapPool,
    pub(crate) gate: Arc<Gate>,
}

/// Keeps requests out of a pool while it is deleted: they hold it for reading, the deletion for writing.
#[derive(Debug, Default)]
pub(crate) struct Gate(RwLock<bool>);

impl Gate {
    /// Runs `body` unless the pool is being deleted.
    pub(crate) fn pass<T>(&self, body: impl FnOnce() -> T) -> Option<T> {
        let is_shut = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (!*is_shut).then(body)
    }

    /// Waits for the requests inside and lets no other in.
    fn shut(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

impl View {
    pub(crate) fn pool(&self, id: u64) -> Option<&Arc<Pool>> {
        self.pools.get(&id)
    }

    pub(crate) fn pool_named(&self, name: &str) -> Option<&Arc<Pool>> {
        let named = self.record.pools.iter().find(|pool| pool.name == name)?;
        self.pools.get(&named.id)
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.record.epoch
    }
}

/// The cluster and its changes.
#[derive(Debug)]
pub(crate) struct Cluster {
    objects: Objects,
    osd: Address,
    view: watch::Sender<Arc<View>>,
    /// Held while the cluster changes.
    changing: Mutex<Names>,
}

/// Names for clients that were reserved and not given yet.
#[derive(Debug)]
struct Names {
    next: u64,
    end: u64,
}

impl Cluster {
    /// The cluster of a store, or a new one; with `rbd` and a pool for every one that has objects.
    ///
    /// # Errors
    /// The store cannot be read or written; what it holds is not a cluster's record.
    pub(crate) fn open(objects: Objects, osd: Address) -> io::Result<Self> {
        let mut record = match objects.load_record()? {
            Some(bytes) => Record::decode(&bytes)?,
            None => Record::new(objects.now())?,
        };
        for name in std::mem::take(&mut record.deleting) {
            objects.remove_all(&name)?;
        }
        for name in objects.pools()? {
            if record.pools.iter().all(|pool| pool.stored() != name) {
                record.adopt_pool(&name, objects.now()).map_err(refused)?;
            }
        }
        if record.last_pool == 0 {
            record
                .add_pool(
                    &NewPool::named("rbd").with_application("rbd"),
                    objects.now(),
                )
                .map_err(refused)?;
        }
        let names = Names {
            next: record.next_name,
            end: record.next_name + NAMES_AT_ONCE,
        };
        record.next_name = names.end;
        // Whatever was given out before a crash is older than this.
        record.epoch += 1;
        record.modified = objects.now().0;
        objects.save_record(&record.encode())?;
        let view = view(record, osd, &HashMap::new());
        Ok(Self {
            objects,
            osd,
            view: watch::Sender::new(Arc::new(view)),
            changing: Mutex::new(names),
        })
    }

    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// Tells of every view that comes after this one.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<View>> {
        self.view.subscribe()
    }

    pub(crate) fn fsid(&self) -> Fsid {
        self.view().record.fsid
    }

    /// A name no client ever had.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn new_global_id(&self) -> io::Result<u64> {
        let mut names = self.changing();
        if names.next == names.end {
            let mut record = self.view().record.clone();
            record.next_name = names.end + NAMES_AT_ONCE;
            self.objects.save_record(&record.encode())?;
            names.end = record.next_name;
            self.publish(record);
        }
        let name = names.next;
        names.next += 1;
        Ok(name)
    }

    /// Changes the cluster: the record with `change`, then one epoch more. Returns that epoch too.
    ///
    /// # Errors
    /// Those of `change`; `EIO` when the store cannot be written. Nothing is changed then.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Record) -> Result<T, Errno>,
    ) -> Result<(T, u32), Errno> {
        let _changing = self.changing();
        let mut record = self.view().record.clone();
        let answer = change(&mut record)?;
        let epoch = self.save(record)?;
        Ok((answer, epoch))
    }

    fn save(&self, mut record: Record) -> Result<u32, Errno> {
        record.epoch += 1;
        record.modified = self.objects.now().0;
        let epoch = record.epoch;
        self.objects
            .save_record(&record.encode())
            .map_err(|error| {
                tracing::error!("the cluster's record was not written: {error}");
                Errno::EIO
            })?;
        self.publish(record);
        Ok(epoch)
    }

    fn publish(&self, record: Record) {
        let view = view(record, self.osd, &self.view().pools);
        self.view.send_replace(Arc::new(view));
    }

    fn changing(&self) -> MutexGuard<'_, Names> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(errno: Errno) -> io::Error {
    io::Error::other(errno.to_string())
}

fn view(record: Record, osd: Address, before: &HashMap<u64, Arc<Pool>>) -> View {
    let blocklist: Vec<(Address, Timestamp)> =
        record.blocklist.iter().map(Blocked::entry).collect();
    let osd_map = osd_map(&OsdMap {
        fsid: &record.fsid,
        epoch: record.epoch,
        created: Timestamp(record.created),
        modified: Timestamp(record.modified),
        address: osd,
        pools: &record.pools,
        last_pool: record.last_pool,
        blocklist: &blocklist,
    });
    let pool = |map: &MapPool| {
        let gate = before.get(&map.id).map(|pool| Arc::clone(&pool.gate));
        let pool = Pool {
            map: map.clone(),
            gate: gate.unwrap_or_default(),
        };
        (map.id, Arc::new(pool))
    };
    View {
        pools: record.pools.iter().map(pool).collect(),
        osd_map: osd_map.into(),
        record,
    }
}

#[cfg(test)]
mod tests;
