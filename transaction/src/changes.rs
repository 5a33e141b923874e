//! What a transaction leaves behind for its store.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{Segment, Tally};

/// The outcome of a transaction that changed something. A store applies all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The object is gone, with its data, xattrs, omap and header.
    Removed,
    /// The object exists and changed.
    Written(Box<Written>),
}

/// How an object changed, relative to the snapshot its transaction started from.
///
/// The new data is: the first `kept` bytes of the old data, zero bytes up to `size`, and `segments` on top.
/// The new omap is: the old one unless `omap_cleared`, less `omap_removed`, then `omap` applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Nothing of what the object was before shows through: it did not exist, or was removed and created again.
    /// Then `kept` is 0 and `omap_cleared` is set.
    pub fresh: bool,
    /// Bytes of data now.
    pub size: u64,
    /// How many leading bytes of the old data are still there under the segments; at most the old size and at
    /// most `size`.
    pub kept: u64,
    /// New data by offset: sorted, disjoint, within `size`, none empty.
    pub segments: Vec<(u64, Segment)>,
    /// Xattrs set, or removed (`None`).
    pub xattrs: BTreeMap<Bytes, Option<Bytes>>,
    /// All old omap keys and the old header are gone.
    pub omap_cleared: bool,
    /// Old omap keys that are gone, as sorted, disjoint ranges `[begin, end)`.
    pub omap_removed: Vec<(Bytes, Bytes)>,
    /// Omap keys set, or removed (`None`).
    pub omap: BTreeMap<Bytes, Option<Bytes>>,
    /// The new omap header, when it was set.
    pub omap_header: Option<Bytes>,
    /// Xattrs the object has now.
    pub xattr_tally: Tally,
    /// Omap entries the object has now.
    pub omap_tally: Tally,
}
