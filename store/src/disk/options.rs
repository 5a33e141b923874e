//! What can be chosen when a disk store is opened.

use std::time::Duration;

use transaction::Quotas;

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
    /// Bytes of memory for the cache of blocks read. Write buffers take 81 MiB of rows beside it.
    pub cache: u64,
    /// How a durable commit reaches stable storage.
    pub sync_method: SyncMethod,
    /// Bytes of the file system kept back. With less free, commits are refused until there is room again; half of it
    /// is for removals. 0: write until the disk is full, and stop for good.
    pub reserve: u64,
    /// Bytes of commits under way at once: in the queue of the group commit or being written. What more there is waits
    /// outside, in the order it came. One larger commit goes alone.
    pub commit_room: u64,
    /// How many commits wait outside at most; the next is turned away.
    pub commit_queue: usize,
    /// How long a commit waits outside at most.
    pub commit_wait: Duration,
    /// Bytes of buffered commits after which the next is made stable, with all before it.
    pub buffered_bytes: u64,
    /// Time after which a buffered commit is made stable.
    pub buffered_time: Duration,
    /// Bytes of journal that a clean close may leave. The next opening replays them; with more, the close moves what they
    /// hold into tables.
    pub replay: u64,
    /// How large what an archive holds may be, when one is restored; never less than the default.
    pub quotas: Quotas,
}

impl Default for DiskOptions {
    /// Creates, caches 64 MiB, syncs with `fdatasync`, keeps 128 MiB of the disk back; 64 MiB of commits under way and
    /// 1,024 waiting up to 30 seconds; a power cut takes no more than 16 MiB or a second of buffered commits.
    fn default() -> Self {
        Self {
            create: true,
            cache: 64 << 20,
            sync_method: SyncMethod::Data,
            reserve: 128 << 20,
            commit_room: 64 << 20,
            commit_queue: 1024,
            commit_wait: Duration::from_secs(30),
            buffered_bytes: 16 << 20,
            buffered_time: Duration::from_secs(1),
            replay: 256 << 10,
            quotas: Quotas::default(),
        }
    }
}
