//! Which omap entries a listing shows.

use bytes::Bytes;

/// The omap entries a listing shows, in byte order of their keys. A page ends at 16 MiB, however many it may have.
///
/// ```
/// use radula::OmapRange;
///
/// let first_ten = OmapRange::all().at_most(10);
/// let votes_after_ada = OmapRange::all().with_prefix("vote.").after("vote.ada");
/// # let _ = (first_ten, votes_after_ada);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OmapRange {
    pub(crate) after: Bytes,
    pub(crate) prefix: Bytes,
    pub(crate) max: u64,
}

impl OmapRange {
    /// Every entry.
    #[must_use]
    pub fn all() -> Self {
        Self {
            after: Bytes::new(),
            prefix: Bytes::new(),
            max: u64::MAX,
        }
    }

    /// Only those whose keys come after `key`.
    #[must_use]
    pub fn after(mut self, key: impl AsRef<[u8]>) -> Self {
        self.after = Bytes::copy_from_slice(key.as_ref());
        self
    }

    /// Only those whose keys begin with `prefix`.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        self.prefix = Bytes::copy_from_slice(prefix.as_ref());
        self
    }

    /// Only the first `max` of them.
    #[must_use]
    pub fn at_most(mut self, max: u64) -> Self {
        self.max = max;
        self
    }
}
