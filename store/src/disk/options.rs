//! What can be chosen when a disk store is opened.

/// How a durable commit reaches stable storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMethod {
    /// `fdatasync`: data and what is needed to find it. Enough on Linux file systems.
    #[default]
    Data,
    /// `fsync`: all metadata too.
    All,
}

/// Options of `open_disk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskOptions {
    /// Whether a store is created when there is none.
    pub create: bool,
    /// Bytes of memory for the cache of blocks read. Write buffers take up to about 128 MiB beside it.
    pub cache: u64,
    /// How a durable commit reaches stable storage.
    pub sync_method: SyncMethod,
    /// Bytes of the file system kept back. With less free, commits are refused until there is room again; half of it
    /// is for removals. 0: write until the disk is full, and stop for good.
    pub reserve: u64,
}

impl Default for DiskOptions {
    /// Creates, caches 64 MiB, syncs with `fdatasync`, keeps 128 MiB of the disk back.
    fn default() -> Self {
        Self {
            create: true,
            cache: 64 << 20,
            sync_method: SyncMethod::Data,
            reserve: 128 << 20,
        }
    }
}
