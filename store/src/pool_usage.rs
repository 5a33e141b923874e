//! What a pool holds.

/// How much is in a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUsage {
    /// Objects.
    pub objects: u64,
    /// Bytes of their data: the sum of their sizes, whatever of it is stored.
    pub bytes: u64,
    /// Bytes of their omap keys and values.
    pub omap_bytes: u64,
}
