//! The method context: what the OSD offers to the class it is calling.

use std::fmt;

use bytes::Bytes;
use objclass::{Errno, Fault, Page, Pair, Stat};

/// What the OSD answers.
pub(crate) type Answer<T> = Result<T, Errno>;

/// The calls of the class interface, without their C++. Reads show the object as it was before the operation; writes
/// are queued by the OSD and applied when the operation succeeds.
///
/// Implemented by the OSD (`osd.rs`) and by a model in tests.
pub(crate) trait Hctx: fmt::Debug {
    /// Steps of the operation that came before, those of earlier calls included.
    fn subop(&self) -> u32;
    /// The version of the placement group.
    fn version(&self) -> u64;
    /// Who asked, such as `client.4123`.
    fn origin(&self) -> String;

    fn stat(&self) -> Answer<Stat>;
    /// At most `length` bytes; fewer at the end.
    fn read(&self, offset: u64, length: u64) -> Answer<Bytes>;
    fn xattr(&self, name: &[u8]) -> Answer<Bytes>;
    fn xattrs(&self) -> Answer<Vec<Pair>>;
    fn omap_val(&self, key: &[u8]) -> Answer<Bytes>;
    /// Entries after `after` (empty: from the first) under `prefix`, at most `max`.
    fn omap_vals(&self, after: &[u8], prefix: &[u8], max: u64) -> Answer<Page<Pair>>;
    fn omap_header(&self) -> Answer<Bytes>;

    fn create(&self, exclusive: bool) -> Answer<()>;
    fn remove(&self) -> Answer<()>;
    fn write(&self, offset: u64, data: &[u8]) -> Answer<()>;
    fn write_full(&self, data: &[u8]) -> Answer<()>;
    fn truncate(&self, size: u64) -> Answer<()>;
    fn zero(&self, offset: u64, length: u64) -> Answer<()>;
    fn set_xattr(&self, name: &[u8], value: &[u8]) -> Answer<()>;
    fn omap_clear(&self) -> Answer<()>;
    fn omap_remove(&self, key: &[u8]) -> Answer<()>;
    fn omap_remove_range(&self, begin: &[u8], end: &[u8]) -> Answer<()>;
    fn omap_set(&self, entries: &[(&[u8], &[u8])]) -> Answer<()>;
    fn omap_set_header(&self, header: &[u8]) -> Answer<()>;
}

/// The OSD refused a call the engine made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call} answered {errno}")]
pub(crate) struct Refused {
    /// The call, by the name Ceph gives it.
    pub(crate) call: &'static str,
    pub(crate) errno: Errno,
}

/// The fault of a read that failed for another reason than that nothing is there.
pub(crate) fn fault(call: &'static str, errno: Errno) -> Fault {
    Fault::with_source(
        format!("the OSD refused a read: {call} answered {errno}"),
        Refused { call, errno },
    )
}

#[cfg(test)]
pub(crate) mod model;
