//! The committed object a transaction starts from.

use std::{fmt, ops::Bound};

use bytes::Bytes;
use objclass::{Fault, ObjectError, Page, PageLimit, Pair, Timestamp, Work};

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

/// Which part of an omap is asked for. All bounds are guest-controlled, at most [`Quotas::MAX_KEY`](crate::Quotas::MAX_KEY)
/// and one byte long.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Where it begins.
    pub from: Bound<&'a [u8]>,
    /// The key before which it ends; nothing at or after it is asked for.
    pub end: Option<&'a [u8]>,
    /// What its keys begin with.
    pub prefix: &'a [u8],
}

impl Span<'_> {
    /// All keys.
    pub const ALL: Span<'static> = Span {
        from: Bound::Unbounded,
        end: None,
        prefix: b"",
    };

    /// Where the keys begin, the prefix taken into account: everything under it sorts at or after the prefix itself.
    #[must_use]
    pub fn start(&self) -> Bound<&[u8]> {
        match self.from {
            Bound::Included(key) if key > self.prefix => Bound::Included(key),
            Bound::Excluded(key) if key >= self.prefix => Bound::Excluded(key),
            _ => Bound::Included(self.prefix),
        }
    }

    /// Whether a key at or after the start is in it. The keys after one that is not are not either.
    #[must_use]
    pub fn goes_on_to(&self, key: &[u8]) -> bool {
        self.end.is_none_or(|end| key < end) && key.starts_with(self.prefix)
    }
}

/// One object as committed at one moment. Every answer comes from that moment, whatever writers do since.
///
/// What takes a [`Work`] notes there what it walks and reads, row by row, and stops with what that answers.
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
    /// The host failed, or what it read is not what was written; or `work` ended.
    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError>;

    /// Returns the value of one xattr. The name is guest-controlled.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn xattr(&self, name: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError>;

    /// Returns all xattrs, in byte order of their names.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError>;

    /// Returns the value of one omap key. The key is guest-controlled.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_val(&self, key: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError>;

    /// Returns how many bytes the value of one omap key has. The value is read in vain.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_length(&self, key: &[u8], work: &mut Work) -> Result<Option<u64>, ObjectError> {
        let Some(value) = self.omap_val(key, work)? else {
            return Ok(None);
        };
        work.read_in_vain(value.len())?;
        Ok(Some(value.len() as u64))
    }

    /// Returns the entries of `span`, in byte order; `more` says whether another one follows.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError>;

    /// Returns the keys of `span`, each with the length of its value, as [`omap_range`](Snapshot::omap_range) returns the
    /// entries. Holds one value at a time at most, read in vain; `limit` counts the bytes of keys.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError>;

    /// Returns the omap header, empty when there is none.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    fn omap_header(&self, work: &mut Work) -> Result<Bytes, ObjectError>;
}

/// An object that does not exist.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absent;

impl Snapshot for Absent {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(None)
    }

    fn read(&self, _: u64, _: u64, _: &mut Work) -> Result<Bytes, ObjectError> {
        Ok(Bytes::new())
    }

    fn xattr(&self, _: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(None)
    }

    fn xattrs(&self, _: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        Ok(Vec::new())
    }

    fn omap_val(&self, _: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        Ok(None)
    }

    fn omap_range(
        &self,
        _: Span<'_>,
        _: PageLimit,
        _: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        Ok(Page {
            entries: Vec::new(),
            more: false,
        })
    }

    fn omap_keys(
        &self,
        _: Span<'_>,
        _: PageLimit,
        _: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        Ok(Page {
            entries: Vec::new(),
            more: false,
        })
    }

    fn omap_header(&self, _: &mut Work) -> Result<Bytes, ObjectError> {
        Ok(Bytes::new())
    }
}
