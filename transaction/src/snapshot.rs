//! The committed object a transaction starts from.

use std::{fmt, ops::Bound};

use bytes::Bytes;
use objclass::{Fault, Page, PageLimit, Pair, Timestamp};

/// How many entries there are, and how many bytes their keys (or names) and values take together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries.
    pub entries: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, key: &[u8], value: u64) {
        self.entries += 1;
        self.bytes += key.len() as u64 + value;
    }

    pub(crate) fn subtract(&mut self, key: &[u8], value: u64) {
        // A host that does not count (it reports zero) must not make the sums wrap.
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(key.len() as u64 + value);
    }
}

/// What is known of an object without reading its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Bytes of data.
    pub size: u64,
    /// When a transaction last changed the object.
    pub mtime: Timestamp,
    /// The version the last change was given; never 0.
    pub version: u64,
    /// Xattrs the object has.
    pub xattrs: Tally,
    /// Omap entries the object has, the header not counted. A host without such counts reports zero and gives
    /// up the omap quotas on what was there before.
    pub omap: Tally,
}

/// One object as committed at one moment. Every answer comes from that moment, whatever writers do since.
pub trait Snapshot: fmt::Debug + Send {
    /// Returns what is known without reading the content; `None` when the object does not exist. Everything
    /// below is asked only of an object that exists.
    ///
    /// # Errors
    /// The host failed.
    fn head(&self) -> Result<Option<Head>, Fault>;

    /// Returns whether [`Head`] tells what the object holds. Where it does not, nothing is read only to count: a method
    /// that just writes asks the host for no content.
    fn counts(&self) -> bool {
        true
    }

    /// Returns exactly the bytes `offset..offset + length`, which lie within the size. Holes read as zero.
    ///
    /// # Errors
    /// The host failed, or what it read is not what was written.
    fn read(&self, offset: u64, length: u64) -> Result<Bytes, Fault>;

    /// Returns the value of one xattr. The name is guest-controlled.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn xattr(&self, name: &[u8]) -> Result<Option<Bytes>, Fault>;

    /// Returns all xattrs, in byte order of their names.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn xattrs(&self) -> Result<Vec<Pair>, Fault>;

    /// Returns the value of one omap key. The key is guest-controlled.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_val(&self, key: &[u8]) -> Result<Option<Bytes>, Fault>;

    /// Returns the entries from `from` on whose keys begin with `prefix`, in byte order; `more` says whether
    /// another one follows. Both bounds are guest-controlled.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_range(
        &self,
        from: Bound<&[u8]>,
        prefix: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Pair>, Fault>;

    /// Returns the omap header, empty when there is none.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_header(&self) -> Result<Bytes, Fault>;
}

/// An object that does not exist.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absent;

impl Snapshot for Absent {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(None)
    }

    fn read(&self, _offset: u64, _length: u64) -> Result<Bytes, Fault> {
        Ok(Bytes::new())
    }

    fn xattr(&self, _name: &[u8]) -> Result<Option<Bytes>, Fault> {
        Ok(None)
    }

    fn xattrs(&self) -> Result<Vec<Pair>, Fault> {
        Ok(Vec::new())
    }

    fn omap_val(&self, _key: &[u8]) -> Result<Option<Bytes>, Fault> {
        Ok(None)
    }

    fn omap_range(
        &self,
        _from: Bound<&[u8]>,
        _prefix: &[u8],
        _limit: PageLimit,
    ) -> Result<Page<Pair>, Fault> {
        Ok(Page {
            entries: Vec::new(),
            more: false,
        })
    }

    fn omap_header(&self) -> Result<Bytes, Fault> {
        Ok(Bytes::new())
    }
}
