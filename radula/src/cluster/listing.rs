//! Names in byte order, page by page, from a cluster that lists them in the order of their hashes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use ceph_client::Pool;
use objclass::{ObjectId, Page};

use super::pools::refused;
use crate::error::Error;

/// What is left of the last listing. Going through a pool takes all its names, so the pages of one listing are cut
/// from one walk; another listing, or one that starts elsewhere, walks again.
#[derive(Debug, Default)]
pub(super) struct Listings(Mutex<Option<Rest>>);

#[derive(Debug)]
struct Rest {
    pool: String,
    namespace: Option<String>,
    prefix: String,
    /// The last entry that was handed out.
    last: ObjectId,
    ids: VecDeque<ObjectId>,
}

impl Listings {
    pub(super) fn page(
        &self,
        fresh: impl FnOnce() -> Result<Arc<Pool>, Error>,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        let rest = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.take_if(|rest| {
                Some(&rest.last) == after
                    && rest.pool == pool
                    && rest.namespace.as_deref() == namespace
                    && rest.prefix == prefix
            })
        };
        let mut ids = match rest {
            Some(rest) => rest.ids,
            None => walk(&*fresh()?, pool, after, prefix)?,
        };
        let entries: Vec<ObjectId> = ids.drain(..max.min(ids.len())).collect();
        let more = !ids.is_empty();
        if let (true, Some(last)) = (more, entries.last()) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(Rest {
                pool: pool.to_owned(),
                namespace: namespace.map(str::to_owned),
                prefix: prefix.to_owned(),
                last: last.clone(),
                ids,
            });
        }
        Ok(Page { entries, more })
    }
}

/// All names after `after` that begin with `prefix`, in order.
fn walk(
    handle: &Pool,
    pool: &str,
    after: Option<&ObjectId>,
    prefix: &str,
) -> Result<VecDeque<ObjectId>, Error> {
    let mut ids = Vec::new();
    for found in handle.objects().map_err(refused)? {
        let found = found.map_err(refused)?;
        if !found.oid.starts_with(prefix) {
            continue;
        }
        let id = ObjectId {
            pool: pool.to_owned(),
            namespace: found.namespace,
            oid: found.oid,
        };
        if after.is_none_or(|after| id > *after) {
            ids.push(id);
        }
    }
    ids.sort_unstable();
    // A name may be met twice while its placement group is split.
    ids.dedup();
    Ok(ids.into())
}
