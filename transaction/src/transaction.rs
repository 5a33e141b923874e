//! The transaction: what it knows of its object, its savepoints, and how it ends.

mod hidden;
mod plain;
mod read;
mod write;

use std::{collections::HashSet, time::Instant};

use bytes::Bytes;
use objclass::{CallInfo, Fault, ObjectContext, ObjectError, Timestamp, Work};

use crate::{
    Changes, Head, Quotas, Snapshot, Tally, Written, data::DataOverlay, omap::OmapOverlay,
    undo::Mark, xattrs::XattrOverlay,
};

use self::hidden::AsBegun;
pub use self::plain::Comparison;

/// Buffered writes on one object, and reads that see them.
///
/// Nothing is read from the snapshot before the first operation needs it.
///
/// # Non-guarantees
/// A transaction does not lock its object: the code that commits its [`Changes`] makes sure nothing else changed the
/// object since the snapshot.
#[derive(Debug)]
pub struct Transaction {
    snapshot: Box<dyn Snapshot>,
    info: CallInfo,
    quotas: Quotas,
    /// `None` until the first operation asked the snapshot for its head.
    state: Option<State>,
    /// What the snapshot said then.
    before: Option<Head>,
    data: DataOverlay,
    xattrs: XattrOverlay,
    omap: OmapOverlay,
    savepoints: Vec<Savepoint>,
    /// What reads see instead, while the writes of the running call are hidden from it.
    as_begun: Option<Box<AsBegun>>,
    /// The work done for the current caller.
    work: Work,
    /// When the object changed, as its host says; else the store does.
    mtime: Option<Timestamp>,
    /// Extents a commit reads and writes anew because a write covers a part of them.
    opened: HashSet<u64>,
}

/// Everything a savepoint copies: small whatever the object holds.
#[derive(Clone, Debug)]
struct State {
    /// The object was there when the transaction began.
    existed: bool,
    exists: bool,
    /// Committed xattrs show through.
    base_xattrs: bool,
    /// Committed omap and header show through. Implies `base_xattrs`.
    base_omap: bool,
    mtime: Timestamp,
    size: u64,
    /// Committed data shows through in `0..kept`.
    kept: u64,
    xattrs: Tally,
    omap: Tally,
    /// The header in force, unless it is the committed one.
    omap_header: Option<Bytes>,
    /// A write was accepted.
    touched: bool,
}

impl State {
    const ABSENT: State = State {
        existed: false,
        exists: false,
        base_xattrs: false,
        base_omap: false,
        mtime: Timestamp(0),
        size: 0,
        kept: 0,
        xattrs: Tally {
            entries: 0,
            bytes: 0,
        },
        omap: Tally {
            entries: 0,
            bytes: 0,
        },
        omap_header: None,
        touched: false,
    };
}

#[derive(Debug)]
struct Savepoint {
    state: Option<State>,
    data: Mark,
    xattrs: Mark,
    omap: (Mark, Mark),
    /// What the caller of the scope reads.
    as_begun: Option<Box<AsBegun>>,
}

impl Transaction {
    /// A transaction over `snapshot`. `info.version` is the snapshot's version, 0 when the object does not exist.
    #[must_use]
    pub fn new(snapshot: Box<dyn Snapshot>, info: CallInfo, quotas: Quotas) -> Self {
        Self {
            snapshot,
            info,
            quotas,
            state: None,
            before: None,
            data: DataOverlay::default(),
            xattrs: XattrOverlay::default(),
            omap: OmapOverlay::default(),
            savepoints: Vec::new(),
            as_begun: None,
            work: Work::unlimited(),
            mtime: None,
            opened: HashSet::new(),
        }
    }

    /// Sets the position of the next call in its compound operation.
    pub fn set_subop(&mut self, subop: u32) {
        self.info.subop = subop;
    }

    /// Sets the time of the change, should there be one. Without it the store takes the time of the commit. A host that
    /// serves clients whose requests carry a time says so; classes cannot.
    pub fn set_mtime(&mut self, mtime: Timestamp) {
        self.mtime = Some(mtime);
    }

    /// By when the changes have to be committed: the latest deadline of the calls that made them, and that deadline as a limit in
    /// milliseconds. `None` when no call did.
    #[must_use]
    pub fn until(&self) -> Option<(Instant, u64)> {
        self.work.until()
    }

    /// Ends the transaction. `None` means the object is as it was: nothing was written, or an object that was not
    /// there was created and removed again.
    ///
    /// Every write that was accepted counts as a change, even one that writes what was there before, as in RADOS.
    /// Nested scopes that were not ended are undone.
    #[must_use]
    pub fn into_changes(mut self) -> Option<Changes> {
        while !self.savepoints.is_empty() {
            self.close(false);
        }
        let state = self.state.filter(|state| state.touched)?;
        if !state.exists {
            return state.existed.then_some(Changes::Removed);
        }
        let (mut omap, mut omap_removed) = self.omap.into_parts();
        let mut xattrs = self.xattrs.into_map();
        // Without committed entries beneath there is nothing to remove.
        if !state.base_omap {
            omap.retain(|_, value| value.is_some());
            omap_removed.clear();
        }
        if !state.base_xattrs {
            xattrs.retain(|_, value| value.is_some());
        }
        Some(Changes::Written(Box::new(Written {
            before: self.before,
            fresh: !state.base_xattrs,
            size: state.size,
            kept: state.kept,
            segments: self.data.into_segments(),
            xattrs,
            omap_cleared: !state.base_omap,
            omap_removed,
            omap,
            omap_header: state.omap_header,
            xattr_tally: state.xattrs,
            omap_tally: state.omap,
            mtime: self.mtime,
        })))
    }

    /// What is known of the object, asked from the snapshot at the first use.
    fn state(&mut self) -> Result<&mut State, Fault> {
        if self.state.is_none() {
            self.before = self.snapshot.head()?;
            self.state = Some(self.before.map_or(State::ABSENT, |head| State {
                existed: true,
                exists: true,
                base_xattrs: true,
                base_omap: true,
                mtime: head.mtime,
                size: head.size,
                kept: head.size,
                xattrs: head.xattrs,
                omap: head.omap,
                omap_header: None,
                touched: false,
            }));
        }
        self.state
            .as_mut()
            .ok_or_else(|| Fault::new("the transaction has no state"))
    }

    fn open(&mut self) {
        self.savepoints.push(Savepoint {
            state: self.state.clone(),
            data: self.data.mark(),
            xattrs: self.xattrs.mark(),
            omap: self.omap.mark(),
            as_begun: self.as_begun.take(),
        });
    }

    /// Closes the innermost savepoint; returns whether there was one.
    fn close(&mut self, keep: bool) -> bool {
        let Some(savepoint) = self.savepoints.pop() else {
            return false;
        };
        self.as_begun = savepoint.as_begun;
        if !keep {
            self.state = savepoint.state;
            self.data.undo_to(savepoint.data);
            self.xattrs.undo_to(savepoint.xattrs);
            self.omap.undo_to(savepoint.omap);
        }
        if self.savepoints.is_empty() {
            self.data.settle();
            self.xattrs.settle();
            self.omap.settle();
        }
        true
    }
}

impl ObjectContext for Transaction {
    fn info(&self) -> &CallInfo {
        &self.info
    }

    fn work(&mut self) -> &mut Work {
        &mut self.work
    }

    fn hide_writes(&mut self) -> Result<(), ObjectError> {
        self.hide()
    }

    fn show_writes(&mut self) {
        self.as_begun = None;
    }

    fn begin_nested(&mut self) -> Result<(), Fault> {
        self.open();
        Ok(())
    }

    fn end_nested(&mut self, keep: bool) -> Result<(), Fault> {
        if self.close(keep) {
            Ok(())
        } else {
            Err(Fault::new("a nested scope was ended that was never begun"))
        }
    }
}

#[cfg(test)]
mod tests;
