//! Plain reads and writes: each is an operation of one step.
//!
//! Beside the errors each method names there are those every request may have: the store cannot be read or does not
//! acknowledge a change (`EIO`, `ENOSPC`), too many writers wait for the object (`EBUSY`), the name cannot be one of an
//! object (`EINVAL`, `ENAMETOOLONG`). [`crate::errors`] has them all.

use std::ops::{Range, RangeBounds};

use bytes::Bytes;
use objclass::{Page, Pair, Stat};

use super::IoCtx;
use crate::{Exclusive, OmapRange, Operation, StepReply, error::Error};

/// The answer of a step is of the step's kind, on every store.
fn mismatched(reply: &StepReply) -> ! {
    unreachable!("the answer of another step: {reply:?}")
}

impl IoCtx {
    /// Returns size and mtime.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn stat(&self, oid: &str) -> Result<Stat, Error> {
        match self.one(oid, &Operation::new().stat())? {
            StepReply::Stat(stat) => Ok(stat),
            reply => mismatched(&reply),
        }
    }

    /// Returns the bytes of a range, as far as the object goes: `..` is the whole content.
    ///
    /// ```
    /// # let config = radula::Config::default().in_memory();
    /// # let pool = radula::Radula::open(config)?.ioctx("music");
    /// pool.write_full("song", "la la la")?;
    /// assert_eq!(pool.read("song", ..)?, "la la la");
    /// assert_eq!(pool.read("song", 3..5)?, "la");
    /// assert_eq!(pool.read("song", 6..100)?, "la");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn read(&self, oid: &str, range: impl RangeBounds<u64>) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().read(range))
    }

    /// Creates the object.
    ///
    /// # Errors
    /// `EEXIST` when it exists and that is [exclusive](Exclusive::Yes).
    pub fn create(&self, oid: &str, exclusive: Exclusive) -> Result<(), Error> {
        self.done(oid, &Operation::new().create(exclusive))
    }

    /// Writes at `offset`; a missing object is created. What lies between its end and `offset` reads as zero bytes.
    ///
    /// # Errors
    /// `EFBIG` when the object would become larger than `quotas.object_size`; `EDQUOT` when the pool has as many objects
    /// as it may.
    pub fn write(&self, oid: &str, offset: u64, data: impl Into<Bytes>) -> Result<(), Error> {
        self.done(oid, &Operation::new().write(offset, data))
    }

    /// Makes `data` the whole content; a missing object is created. Xattrs and omap stay.
    ///
    /// # Errors
    /// As [`write`](IoCtx::write).
    pub fn write_full(&self, oid: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        self.done(oid, &Operation::new().write_full(data))
    }

    /// Adds `data` at the end; a missing object is created.
    ///
    /// # Errors
    /// As [`write`](IoCtx::write).
    pub fn append(&self, oid: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        self.done(oid, &Operation::new().append(data))
    }

    /// Cuts the content, or extends it with zero bytes; a missing object stays missing.
    ///
    /// # Errors
    /// `EFBIG` when the object would become larger than `quotas.object_size`.
    pub fn truncate(&self, oid: &str, size: u64) -> Result<(), Error> {
        self.done(oid, &Operation::new().truncate(size))
    }

    /// Makes a range read as zero bytes; the object does not grow, and a missing one stays missing.
    ///
    /// # Errors
    /// Only those of every request.
    pub fn zero(&self, oid: &str, range: Range<u64>) -> Result<(), Error> {
        self.done(oid, &Operation::new().zero(range))
    }

    /// Removes the object, with its xattrs and omap.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn remove(&self, oid: &str) -> Result<(), Error> {
        self.done(oid, &Operation::new().remove())
    }

    /// Returns the value of one xattr.
    ///
    /// # Errors
    /// `ENODATA` when the object has no xattr of this name; `ENOENT` when the object does not exist.
    pub fn get_xattr(&self, oid: &str, name: impl AsRef<[u8]>) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().get_xattr(name))
    }

    /// Returns all xattrs, in byte order of their names.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn get_xattrs(&self, oid: &str) -> Result<Vec<Pair>, Error> {
        Ok(self.pairs(oid, &Operation::new().get_xattrs())?.entries)
    }

    /// Sets one xattr; a missing object is created.
    ///
    /// # Errors
    /// `E2BIG` when the name or the value is longer than the quotas allow; `EDQUOT` when there are too many xattrs, or too
    /// many bytes of them.
    pub fn set_xattr(
        &self,
        oid: &str,
        name: impl AsRef<[u8]>,
        value: impl Into<Bytes>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().set_xattr(name, value))
    }

    /// Removes one xattr.
    ///
    /// # Errors
    /// `ENODATA` when the object has no xattr of this name; `ENOENT` when the object does not exist.
    pub fn remove_xattr(&self, oid: &str, name: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().remove_xattr(name))
    }

    /// Lists the omap keys of a range: one page of [`omap_keys`](IoCtx::omap_keys), which ends at 16 MiB.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_get_keys(&self, oid: &str, range: OmapRange) -> Result<Page<Bytes>, Error> {
        match self.one(oid, &Operation::new().omap_get_keys(range))? {
            StepReply::Keys(page) => Ok(page),
            reply => mismatched(&reply),
        }
    }

    /// Lists the omap entries of a range: one page of [`omap`](IoCtx::omap), which ends at 16 MiB.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_get_vals(&self, oid: &str, range: OmapRange) -> Result<Page<Pair>, Error> {
        self.pairs(oid, &Operation::new().omap_get_vals(range))
    }

    /// Returns the value of one omap key.
    ///
    /// # Errors
    /// `ENOENT` when the key or the object does not exist.
    pub fn omap_get_val(&self, oid: &str, key: impl AsRef<[u8]>) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().omap_get_val(key))
    }

    /// Returns the entries of those `keys` that exist.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_get_vals_by_keys(
        &self,
        oid: &str,
        keys: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Vec<Pair>, Error> {
        let operation = Operation::new().omap_get_vals_by_keys(keys);
        Ok(self.pairs(oid, &operation)?.entries)
    }

    /// Returns the omap header, empty when there is none.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_get_header(&self, oid: &str) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().omap_get_header())
    }

    /// Sets omap entries; a missing object is created.
    ///
    /// # Errors
    /// `E2BIG` when a key or a value is longer than the quotas allow; `EDQUOT` when there are too many entries, or too many
    /// bytes of them.
    pub fn omap_set(
        &self,
        oid: &str,
        entries: impl IntoIterator<Item = (impl AsRef<[u8]>, impl Into<Bytes>)>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_set(entries))
    }

    /// Removes omap keys. Removing a missing key is not an error.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_remove_keys(
        &self,
        oid: &str,
        keys: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_remove_keys(keys))
    }

    /// Removes the omap keys from `begin` on that come before `end`.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_remove_range(
        &self,
        oid: &str,
        begin: impl AsRef<[u8]>,
        end: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_remove_range(begin, end))
    }

    /// Removes all omap keys and the header.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn omap_clear(&self, oid: &str) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_clear())
    }

    /// Sets the omap header; a missing object is created.
    ///
    /// # Errors
    /// `E2BIG` when it is longer than `quotas.omap_value`.
    pub fn omap_set_header(&self, oid: &str, header: impl Into<Bytes>) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_set_header(header))
    }

    fn done(&self, oid: &str, operation: &Operation) -> Result<(), Error> {
        self.one(oid, operation).map(drop)
    }

    fn bytes(&self, oid: &str, operation: &Operation) -> Result<Bytes, Error> {
        match self.one(oid, operation)? {
            StepReply::Bytes(bytes) => Ok(bytes),
            reply => mismatched(&reply),
        }
    }

    fn pairs(&self, oid: &str, operation: &Operation) -> Result<Page<Pair>, Error> {
        match self.one(oid, operation)? {
            StepReply::Pairs(page) => Ok(page),
            reply => mismatched(&reply),
        }
    }
}
