//! Reads that do not see the writes of the running call: the state of the transaction when it began, kept aside.

use std::mem::{swap, take};

use objclass::{ObjectError, Work};

use super::{State, Transaction};
use crate::{data::DataOverlay, omap::OmapOverlay, xattrs::XattrOverlay};

/// What reads see while writes are hidden.
#[derive(Debug)]
pub(super) struct AsBegun {
    state: Option<State>,
    data: DataOverlay,
    xattrs: XattrOverlay,
    omap: OmapOverlay,
}

impl Transaction {
    /// Keeps the present state aside. That costs what the transaction wrote so far; mostly it is the first call, and wrote
    /// nothing.
    pub(super) fn keep_as_begun(&mut self, work: &mut Work) -> Result<(), ObjectError> {
        let begun = AsBegun {
            state: self.state.clone(),
            data: self.data.copy(work)?,
            xattrs: self.xattrs.copy(work)?,
            omap: self.omap.copy(work)?,
        };
        self.as_begun = Some(Box::new(begun));
        Ok(())
    }

    /// Runs `read` on what reads see.
    pub(super) fn seeing<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let Some(mut begun) = self.as_begun.take() else {
            return read(self);
        };
        self.exchange(&mut begun);
        let answer = read(self);
        self.exchange(&mut begun);
        self.as_begun = Some(begun);
        answer
    }

    fn exchange(&mut self, begun: &mut AsBegun) {
        swap(&mut self.state, &mut begun.state);
        swap(&mut self.data, &mut begun.data);
        swap(&mut self.xattrs, &mut begun.xattrs);
        swap(&mut self.omap, &mut begun.omap);
    }

    pub(super) fn hide(&mut self) -> Result<(), ObjectError> {
        let mut work = take(&mut self.work);
        let kept = self.keep_as_begun(&mut work);
        self.work = work;
        kept
    }
}
