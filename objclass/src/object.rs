//! The object a method acts on, seen from the host's side.
//!
//! Hosts implement these traits: the store's transaction, Ceph's method context, the test kit. Class code never
//! sees them directly, only through [`Context`](crate::Context).

use std::{
    cmp::Ordering,
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use crate::{Fault, ObjectError, Work};

/// Where an object lives: pool, namespace (may be empty) and name.
#[expect(
    clippy::derived_hash_with_manual_eq,
    reason = "equality is that of the fields, only cheaper"
)]
#[derive(Clone, Eq, Hash)]
pub struct ObjectId {
    /// Pool name.
    pub pool: String,
    /// Namespace within the pool; `""` is the default one.
    pub namespace: String,
    /// Object name.
    pub oid: String,
}

/// The order of the two texts. Empty ones, as the default namespace, are not given to `memcmp`, which some processors
/// answer slowly for no bytes at all.
fn order(one: &str, other: &str) -> Ordering {
    if one.is_empty() || other.is_empty() {
        one.len().cmp(&other.len())
    } else {
        one.cmp(other)
    }
}

impl Ord for ObjectId {
    /// By pool, namespace and name, in byte order.
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.pool, &other.pool)
            .then_with(|| order(&self.namespace, &other.namespace))
            .then_with(|| order(&self.oid, &other.oid))
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl fmt::Display for ObjectId {
    /// `pool/namespace/oid`, or `pool/oid` in the default namespace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.pool, self.oid)
        } else {
            write!(f, "{}/{}/{}", self.pool, self.namespace, self.oid)
        }
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

/// Nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Whole seconds since the Unix epoch, as `stat` reports them to classes.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(time.0)
    }
}

/// Times before 1970 become 0, times after the year 2554 the last there is.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Size and time of last change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Bytes of data.
    pub size: u64,
    /// When a transaction last changed the object.
    pub mtime: Timestamp,
}

/// One omap entry or xattr: key or name, and value.
pub type Pair = (Bytes, Bytes);

/// How much a listing may return at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit {
    /// Entries.
    pub entries: u64,
    /// Bytes of keys and values together. The entry that crosses this mark is still returned, none after it.
    pub bytes: u64,
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, in byte order of their keys.
    pub entries: Vec<T>,
    /// Whether the listing goes on after the last entry.
    pub more: bool,
}

impl<T> Page<T> {
    /// The page with each entry turned into another.
    #[must_use]
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            entries: self.entries.into_iter().map(turn).collect(),
            more: self.more,
        }
    }
}

/// What the host tells a method about its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallInfo {
    /// The object.
    pub object: ObjectId,
    /// The object's version before this transaction; 0 when it does not exist.
    pub version: u64,
    /// Position of this call in its compound operation, from 0.
    pub subop: u32,
    /// Who asked, such as `client.4123 127.0.0.1:0/1` in Ceph or `embedded`.
    pub origin: String,
}

/// Reads on the object. Every read sees the writes made earlier in the same transaction.
///
/// On a missing object `read`, `stat`, `xattr` and `xattrs` answer `ENOENT`; omap listings and the header are
/// empty, as in RADOS. Offsets, lengths, names and keys are guest-controlled.
pub trait ObjectRead {
    /// Returns size and mtime.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn stat(&mut self) -> Result<Stat, ObjectError>;

    /// Returns up to `length` bytes of data from `offset`; fewer at the end, none beyond it. A `length` of 0
    /// means to the end, as in RADOS. Holes read as zero bytes.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn read(&mut self, offset: u64, length: u64) -> Result<Bytes, ObjectError>;

    /// Returns the value of one xattr.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist, `ENODATA` when the xattr does not.
    fn xattr(&mut self, name: &[u8]) -> Result<Bytes, ObjectError>;

    /// Returns all xattrs, in byte order of their names. Quotas bound how many there are.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn xattrs(&mut self) -> Result<Vec<Pair>, ObjectError>;

    /// Lists omap keys after `start_after` (empty: from the first).
    ///
    /// # Errors
    /// Only faults of the host.
    fn omap_keys(
        &mut self,
        start_after: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Bytes>, ObjectError>;

    /// Lists omap entries after `start_after` whose keys begin with `prefix`.
    ///
    /// # Errors
    /// Only faults of the host.
    fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        limit: PageLimit,
    ) -> Result<Page<Pair>, ObjectError>;

    /// Returns the value of one omap key.
    ///
    /// # Errors
    /// `ENOENT` when the key or the object does not exist.
    fn omap_val(&mut self, key: &[u8]) -> Result<Bytes, ObjectError>;

    /// Returns the entries of those `keys` that exist, in byte order.
    ///
    /// # Errors
    /// Only faults of the host.
    fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Result<Vec<Pair>, ObjectError>;

    /// Returns the omap header, empty when there is none.
    ///
    /// # Errors
    /// Only faults of the host.
    fn omap_header(&mut self) -> Result<Bytes, ObjectError>;
}

/// Writes on the object, buffered in the transaction. Each creates the object if it is missing, except where an
/// error is named. A write that would break a quota answers `EFBIG` (object size), `E2BIG` (an xattr or a key)
/// or `EDQUOT` (totals) and changes nothing.
pub trait ObjectWrite {
    /// Creates the object.
    ///
    /// # Errors
    /// `EEXIST` when it exists and `exclusive` is set.
    fn create(&mut self, exclusive: bool) -> Result<(), ObjectError>;

    /// Removes the object with its xattrs and omap.
    ///
    /// # Errors
    /// `ENOENT` when it does not exist.
    fn remove(&mut self) -> Result<(), ObjectError>;

    /// Writes `data` at `offset`; a gap beyond the old end reads as zero bytes.
    ///
    /// # Errors
    /// Quotas.
    fn write(&mut self, offset: u64, data: Bytes) -> Result<(), ObjectError>;

    /// Makes `data` the whole content.
    ///
    /// # Errors
    /// Quotas.
    fn write_full(&mut self, data: Bytes) -> Result<(), ObjectError>;

    /// Makes the content `data` at `offset` with zero bytes before it, and nothing else: `truncate(0)` and `write` in one, as
    /// Ceph's `cls_cxx_replace`.
    ///
    /// # Errors
    /// Quotas.
    fn replace(&mut self, offset: u64, data: Bytes) -> Result<(), ObjectError>;

    /// Cuts or extends (with zero bytes) the content to `size`. On a missing object it does nothing, as in RADOS.
    ///
    /// # Errors
    /// Quotas.
    fn truncate(&mut self, size: u64) -> Result<(), ObjectError>;

    /// Makes a range read as zero bytes; never extends the object. On a missing object it does nothing.
    ///
    /// # Errors
    /// Only faults of the host.
    fn zero(&mut self, offset: u64, length: u64) -> Result<(), ObjectError>;

    /// Sets one xattr.
    ///
    /// # Errors
    /// `EINVAL` for an empty name, quotas.
    fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Result<(), ObjectError>;

    /// Sets omap entries, all or none.
    ///
    /// # Errors
    /// `EINVAL` for an empty key (listings could not continue after it), quotas.
    fn omap_set(&mut self, entries: &[(&[u8], Bytes)]) -> Result<(), ObjectError>;

    /// Removes omap keys; a key that is not there is no error.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn omap_remove(&mut self, keys: &[&[u8]]) -> Result<(), ObjectError>;

    /// Removes the omap keys in `[begin, end)`.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Result<(), ObjectError>;

    /// Removes all omap keys and the header.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    fn omap_clear(&mut self) -> Result<(), ObjectError>;

    /// Sets the omap header.
    ///
    /// # Errors
    /// Quotas.
    fn omap_set_header(&mut self, header: Bytes) -> Result<(), ObjectError>;
}

/// A transaction on one object, as hosts implement it.
pub trait ObjectContext: ObjectRead + ObjectWrite + fmt::Debug {
    /// Describes the call.
    fn info(&self) -> &CallInfo;

    /// The account of the work done for whoever asks now: [`Context`](crate::Context) lends it a call's before each operation
    /// and takes it back. What nobody lent one for is [unlimited](Work::unlimited).
    fn work(&mut self) -> &mut Work;

    /// Has reads answer what the object holds now, whatever is written afterwards, until
    /// [`show_writes`](ObjectContext::show_writes) or, in a nested scope, until its end. `stat` goes on to see writes, as in RADOS. A
    /// scope that is nested begins without.
    ///
    /// # Errors
    /// [`ObjectError::Ended`] when the call that asks has no time for it; faults of the host.
    fn hide_writes(&mut self) -> Result<(), ObjectError>;

    /// Has reads see writes again.
    fn show_writes(&mut self);

    /// Starts a nested scope: the writes that follow can be undone on their own. Scopes nest.
    ///
    /// # Errors
    /// Only faults of the host.
    fn begin_nested(&mut self) -> Result<(), Fault>;

    /// Ends the innermost nested scope, keeping its writes or undoing them.
    ///
    /// # Errors
    /// Only faults of the host.
    fn end_nested(&mut self, keep: bool) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_ordered_by_pool_namespace_and_name() {
        let texts = ["", "a", "ab", "b", "\u{e9}"];
        let mut ids = Vec::new();
        for pool in texts {
            for namespace in texts {
                for oid in texts {
                    ids.push((pool, namespace, oid));
                }
            }
        }
        let id = |(pool, namespace, oid): (&str, &str, &str)| ObjectId {
            pool: pool.into(),
            namespace: namespace.into(),
            oid: oid.into(),
        };
        for &one in &ids {
            for &other in &ids {
                assert_eq!(
                    id(one).cmp(&id(other)),
                    one.cmp(&other),
                    "{one:?} {other:?}"
                );
                assert_eq!(id(one) == id(other), one == other);
            }
        }
    }

    #[test]
    fn a_timestamp_is_a_time_of_the_system() {
        let time = Timestamp(1_234_567_890_123_456_789);
        assert_eq!(Timestamp::from(SystemTime::from(time)), time);
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Timestamp::from(before), Timestamp(0));
        let last = SystemTime::from(Timestamp(u64::MAX));
        assert_eq!(
            Timestamp::from(last + Duration::from_secs(1)),
            Timestamp(u64::MAX)
        );
    }
}
