//! Buffered xattrs.

use std::collections::BTreeMap;

use bytes::Bytes;
use objclass::{ObjectError, Pair, Work};

use crate::{
    Snapshot,
    undo::{Mark, Undoable},
};

/// The xattrs the transaction set, or removed (`None`). Quotas keep the whole set small.
#[derive(Debug, Default)]
pub(crate) struct XattrOverlay {
    entries: Undoable<Bytes, Option<Bytes>>,
}

impl XattrOverlay {
    /// The value in force; `base` is `None` when nothing committed shows.
    pub(crate) fn get(
        &self,
        base: Option<&dyn Snapshot>,
        name: &[u8],
        work: &mut Work,
    ) -> Result<Option<Bytes>, ObjectError> {
        match (self.entries.map().get(name), base) {
            (Some(buffered), _) => Ok(buffered.clone()),
            (None, Some(base)) => base.xattr(name, work),
            (None, None) => Ok(None),
        }
    }

    /// All in force, in byte order of their names.
    pub(crate) fn all(
        &self,
        base: Option<&dyn Snapshot>,
        work: &mut Work,
    ) -> Result<Vec<Pair>, ObjectError> {
        let committed = match base {
            Some(base) => base.xattrs(work)?,
            None => Vec::new(),
        };
        if self.entries.map().is_empty() {
            return Ok(committed);
        }
        let mut all: BTreeMap<_, _> = committed.into_iter().collect();
        for (name, value) in self.entries.map() {
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        Ok(all.into_iter().collect())
    }

    pub(crate) fn set(&mut self, name: Bytes, value: Option<Bytes>) {
        self.entries.insert(name, value);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The same changes, of which nothing is to be undone.
    pub(crate) fn copy(&self, work: &mut Work) -> Result<Self, ObjectError> {
        Ok(Self {
            entries: self.entries.copy(work)?,
        })
    }

    pub(crate) fn mark(&mut self) -> Mark {
        self.entries.mark()
    }

    pub(crate) fn undo_to(&mut self, mark: Mark) {
        self.entries.undo_to(mark);
    }

    pub(crate) fn settle(&mut self) {
        self.entries.settle();
    }

    pub(crate) fn into_map(self) -> BTreeMap<Bytes, Option<Bytes>> {
        self.entries.into_map()
    }
}
