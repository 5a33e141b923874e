//! What a pool holds, and what its store takes on disk.

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

/// Bytes of the files of a store. They are more than what lives: the engine merges what was overwritten and removed later, and keeps
/// journals until all they say is in tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileBytes {
    /// Tables, compressed.
    pub tables: u64,
    /// Journals.
    pub journals: u64,
}
