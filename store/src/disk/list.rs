//! Listings, as seeks over the sorted heads.

use std::ops::Bound;

use fjall::Slice;
use objclass::{Fault, ObjectId, Page};

use super::{
    key::{self, Table},
    rows::{self, Tables},
};

/// Lists as `StoreEngine::list` says. Objects of other namespaces or outside the prefix are skipped by seeking, so
/// the cost is that of what is found and one seek a namespace.
pub(super) fn objects(
    tables: &Tables,
    pool: &str,
    namespace: Option<&str>,
    after: Option<&ObjectId>,
    prefix: &str,
    max: usize,
) -> Result<Page<ObjectId>, Fault> {
    let view = tables.database.snapshot();
    let scope = match namespace {
        Some(namespace) => key::within(pool, namespace),
        None => key::pool(pool),
    };
    let end = key::behind(scope.clone());
    let mut from = Bound::Included(scope.clone());
    if let Some(after) = after.map(key::head)
        && after >= scope
    {
        from = Bound::Excluded(after);
    }
    let mut page = Page {
        entries: Vec::new(),
        more: false,
    };
    'seek: loop {
        let start = from.as_ref().map(|key| &key[..]);
        // A cursor behind the scope: nothing follows.
        if matches!(start, Bound::Included(key) | Bound::Excluded(key) if key >= &end[..]) {
            return Ok(page);
        }
        for key in rows::keys(&view, tables, Table::Heads, start, Bound::Excluded(&end)) {
            let id = id_of(&key?)?;
            if !id.oid.starts_with(prefix) {
                let within = key::within(pool, &id.namespace);
                from = Bound::Included(if id.oid.as_str() < prefix {
                    [&within, prefix.as_bytes()].concat()
                } else {
                    key::behind(within)
                });
                continue 'seek;
            }
            if page.entries.len() == max {
                page.more = true;
                return Ok(page);
            }
            page.entries.push(id);
        }
        return Ok(page);
    }
}

/// The names of the pools that have objects: one seek each.
pub(super) fn pools(tables: &Tables) -> Result<Vec<String>, Fault> {
    let view = tables.database.snapshot();
    let mut pools = Vec::new();
    let mut from: Vec<u8> = Vec::new();
    loop {
        let start = Bound::Included(&from[..]);
        let next = rows::keys(&view, tables, Table::Heads, start, Bound::Unbounded).next();
        let Some(key) = next.transpose()? else {
            return Ok(pools);
        };
        let pool = id_of(&key)?.pool;
        from = key::behind(key::pool(&pool));
        pools.push(pool);
    }
}

fn id_of(key: &Slice) -> Result<ObjectId, Fault> {
    key::object_id(key).ok_or_else(|| {
        Fault::new("table heads has a row with a malformed key; restore the store from a backup")
    })
}
