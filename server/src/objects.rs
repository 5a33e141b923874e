//! The seam to the library: everything the server asks of it stands here.

use std::io;

use bytes::Bytes;
use objclass::ObjectError;
use radula::{
    Errno, Error, IoCtx, Method, ObjectId, Radula, Timestamp, Work, Worked,
    store::{PoolUsage, Receipt, Store},
};

/// The pool with what the server itself keeps.
pub(crate) const RECORD_POOL: &str = ".radula";
const RECORD: &str = "cluster";
/// How many objects are listed at a time.
const PAGE: usize = 1000;

/// The objects of a store.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    radula: Radula,
}

impl Objects {
    pub(crate) fn new(radula: Radula) -> Self {
        Self { radula }
    }

    #[cfg(test)]
    pub(crate) fn radula(&self) -> &Radula {
        &self.radula
    }

    pub(crate) fn now(&self) -> Timestamp {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The pools that have objects of clients.
    pub(crate) fn pools(&self) -> io::Result<Vec<String>> {
        let mut pools = self.radula.pools().map_err(io::Error::other)?;
        pools.retain(|pool| pool != RECORD_POOL);
        Ok(pools)
    }

    pub(crate) fn load_record(&self) -> io::Result<Option<Bytes>> {
        match self.records().read(RECORD, ..) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.errno() == Errno::ENOENT => Ok(None),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Stores the record; it is stable when this returns.
    pub(crate) fn save_record(&self, record: &[u8]) -> io::Result<()> {
        let records = self.records().with_durability(radula::Durability::Sync);
        records
            .write_full(RECORD, record.to_vec())
            .map_err(io::Error::other)
    }

    fn records(&self) -> IoCtx {
        self.radula.ioctx(RECORD_POOL).with_namespace("")
    }

    /// Removes every object of a pool, and its receipts.
    pub(crate) fn remove_all(&self, pool: &str) -> io::Result<()> {
        loop {
            let page = self.page(pool, None).map_err(io::Error::other)?;
            for id in &page {
                let removed = self.pool(pool, &id.namespace).remove(&id.oid);
                if let Err(error) = removed
                    && error.errno() != Errno::ENOENT
                {
                    return Err(io::Error::other(error));
                }
            }
            if page.is_empty() {
                return self.forget_receipts(pool);
            }
        }
    }

    /// Some objects of a pool in the store's order, those after `after`; none at the end.
    pub(crate) fn list(
        &self,
        pool: &str,
        after: Option<&ObjectId>,
    ) -> Result<Vec<ObjectId>, Errno> {
        self.page(pool, after).map_err(|error| errno_of(&error))
    }

    fn page(&self, pool: &str, after: Option<&ObjectId>) -> Result<Vec<ObjectId>, Error> {
        let page = self.radula.ioctx(pool).list_all(after, "", PAGE)?;
        Ok(page.entries)
    }

    fn pool(&self, pool: &str, namespace: &str) -> IoCtx {
        self.radula.ioctx(pool).with_namespace(namespace)
    }

    /// A method by its name.
    pub(crate) fn method(&self, class: &str, method: &str) -> Result<Method, Error> {
        self.radula.method(class, method)
    }

    /// Runs `body` on one object, for `origin`. What it changed is applied when it succeeds and dropped when not.
    pub(crate) fn work<T>(
        &self,
        id: &ObjectId,
        origin: &str,
        writes: bool,
        body: impl FnOnce(&mut Work<'_>) -> Result<T, Errno>,
    ) -> Result<Worked<T>, Errno> {
        let pool = self.pool(&id.pool, &id.namespace).with_origin(origin);
        pool.work(&id.oid, writes, body).map_err(|error| {
            if error.errno() == Errno::EIO {
                tracing::error!("{error}");
            }
            errno_of(&error)
        })
    }

    /// Leaves a receipt of a request that changed nothing.
    pub(crate) fn leave_receipt(&self, pool: &str, receipt: Receipt) -> Result<(), Errno> {
        let left = self.store().map(|store| store.leave_receipt(pool, receipt));
        left.unwrap_or(Ok(())).map_err(|error| {
            tracing::error!("a receipt could not be left: {error}");
            error.errno()
        })
    }

    /// The receipts of a pool, the oldest first, each with the version of its commit.
    pub(crate) fn receipts(&self, pool: &str) -> Result<Vec<(u64, Receipt)>, Errno> {
        let found = self.store().map(|store| store.receipts(pool));
        found.unwrap_or(Ok(Vec::new())).map_err(|fault| {
            tracing::error!("the receipts of pool {pool} cannot be read: {fault}");
            Errno::EIO
        })
    }

    fn forget_receipts(&self, pool: &str) -> io::Result<()> {
        let forgotten = self.store().map(|store| store.forget_receipts(pool));
        forgotten.unwrap_or(Ok(())).map_err(io::Error::other)
    }

    /// A server has one: `Server::start` sees to that.
    fn store(&self) -> Option<&Store> {
        self.radula.store()
    }

    /// How much is in a pool.
    pub(crate) fn usage(&self, pool: &str) -> Result<PoolUsage, Errno> {
        let found = self.store().map(|store| store.usage(pool));
        found.unwrap_or(Ok(PoolUsage::default())).map_err(|fault| {
            tracing::error!("pool {pool} cannot be counted: {fault}");
            Errno::EIO
        })
    }
}

/// A client that reads `EAGAIN` asks again at once, for ever.
fn errno_of(error: &Error) -> Errno {
    match error.errno() {
        Errno::EAGAIN => Errno::EBUSY,
        errno => errno,
    }
}

/// What a client is told of an object that could not be used.
pub(crate) fn errno_of_object(error: &ObjectError) -> Errno {
    match error {
        ObjectError::Errno(Errno::EAGAIN) => Errno::EBUSY,
        ObjectError::Errno(errno) => *errno,
        fault => {
            tracing::error!("an object could not be used: {fault}");
            Errno::EIO
        }
    }
}
