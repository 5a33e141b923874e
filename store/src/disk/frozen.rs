//! The whole store as of one moment of the engine.

use std::{fmt, ops::Bound, sync::Arc};

use objclass::{Fault, ObjectId};

use super::{
    key::{self, Table},
    rows::{self, Tables},
    snapshot::DiskSnapshot,
    value::HeadRow,
};
use crate::{Frozen, frozen::FrozenObject, id::bounded};

/// The engine's snapshot that keeps every row of the moment.
pub(super) struct DiskFrozen {
    /// Dropped before the tables: the engine may remove files with it.
    pub(super) view: fjall::Snapshot,
    pub(super) tables: Arc<Tables>,
    pub(super) extent: u32,
    pub(super) last_version: u64,
}

impl fmt::Debug for DiskFrozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskFrozen")
            .field("last_version", &self.last_version)
            .finish_non_exhaustive()
    }
}

impl Frozen for DiskFrozen {
    fn last_version(&self) -> u64 {
        self.last_version
    }

    fn objects(&self, after: Option<&ObjectId>, max: usize) -> Result<Vec<FrozenObject>, Fault> {
        let after = after.map(|after| key::head(&bounded(after)));
        let from = match &after {
            Some(after) => Bound::Excluded(&after[..]),
            None => Bound::Unbounded,
        };
        rows::range(
            &self.view,
            &self.tables,
            Table::Heads,
            from,
            Bound::Unbounded,
        )
        .take(max)
        .map(|row| {
            let (key, head) = row?;
            let id = key::object_id(&key).ok_or_else(|| {
                Fault::new("table heads has a row with a malformed key; run `radula fsck --repair`")
            })?;
            let object = DiskSnapshot::of(
                &self.tables,
                self.view.clone(),
                self.extent,
                HeadRow::decode(&head)?,
            );
            let object: Box<dyn transaction::Snapshot> = Box::new(object);
            Ok((id, object))
        })
        .collect()
    }
}
