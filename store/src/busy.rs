//! Why a writer is turned away rather than kept waiting.

use objclass::Errno;

/// Too many are waiting, or for too long. Nothing was applied; trying again later is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Busy {
    /// As many writers wait for the object as may.
    #[error("{waiting} writers wait for the object already; try again later")]
    ObjectQueue {
        /// How many wait.
        waiting: usize,
    },
    /// Other writers of the object took too long.
    #[error("others still write the object; try again later")]
    ObjectDeadline,
    /// As many commits wait for their turn as may.
    #[error("{waiting} commits wait for the store already; try again later")]
    StoreQueue {
        /// How many wait.
        waiting: usize,
    },
    /// The commits before took too long.
    #[error("the store still works on earlier commits; try again later")]
    StoreDeadline,
}

impl Busy {
    /// `EBUSY`.
    #[must_use]
    pub fn errno(&self) -> Errno {
        Errno::EBUSY
    }
}
