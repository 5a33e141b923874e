//! What a transaction hands to its store.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use objclass::Timestamp;

use crate::{Head, Segment, Tally};

/// The outcome of a transaction that changed something. A store applies all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The object is gone, with its data, xattrs, omap and header.
    Removed,
    /// The object exists and changed.
    Written(Box<Written>),
}

impl Changes {
    /// About how long a store takes to commit them, the wait for the disk aside. A caller with a deadline compares it before the
    /// commit begins: once it has begun nobody can stop it.
    #[must_use]
    pub fn commit_time(&self) -> Duration {
        /// What a row takes: made, sealed, sorted and logged.
        const ROW: Duration = Duration::from_nanos(1500);
        /// What a KiB takes on top.
        const KIB: Duration = Duration::from_nanos(2000);
        let times = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let rows = match self {
            Changes::Removed => 1,
            Changes::Written(written) => {
                let entries = written.segments.len() + written.xattrs.len() + written.omap.len();
                1 + entries as u64 + written.rows_of_ranges()
            }
        };
        ROW * times(rows) + KIB * times(self.bytes() / 1024)
    }

    /// Bytes of data, names, keys and values it carries, and a little for each.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        /// What an entry takes beside its bytes.
        const EACH: u64 = 64;
        let Changes::Written(written) = self else {
            return EACH;
        };
        let data = written.segments.iter().map(|(_, segment)| match segment {
            Segment::Bytes(bytes) => EACH + bytes.len() as u64,
            Segment::Zero(_) => EACH,
        });
        let entries = written.xattrs.iter().chain(&written.omap);
        let entries = entries.map(|(key, value)| {
            let value = value.as_ref().map_or(0, Bytes::len);
            EACH + (key.len() + value) as u64
        });
        let header = written.omap_header.as_ref().map_or(0, Bytes::len);
        EACH + header as u64 + data.sum::<u64>() + entries.sum::<u64>()
    }
}

/// How an object changed, relative to the snapshot its transaction started from.
///
/// The new data is: the first `kept` bytes of the old data, zero bytes up to `size`, and `segments` on top.
/// The new omap is: the old one unless `omap_cleared`, less `omap_removed`, then `omap` applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The object before; `None` when there was none.
    pub before: Option<Head>,
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
    /// When the object changed; the store's time when nobody said.
    pub mtime: Option<Timestamp>,
}

impl Written {
    /// How many rows a store looks at, at most, to remove ranges of them: what is removed, or, where next to nothing is left, what
    /// is left.
    fn rows_of_ranges(&self) -> u64 {
        if self.omap_cleared || self.omap_removed.is_empty() {
            return 0;
        }
        let before = self.before.map_or(0, |before| before.omap.entries);
        let left = self.omap_tally.entries;
        let gone = before.saturating_sub(left);
        match left <= Self::FEW_LEFT.max(gone / 8) {
            true => left,
            false => gone,
        }
    }

    /// Entries that a store may move rather than remove those around them, at most.
    const FEW_LEFT: u64 = 4096;
}
