//! Plain reads and writes: each is an operation of one step.

use bytes::Bytes;
use objclass::{Page, Pair, Stat};

use super::IoCtx;
use crate::{Operation, StepReply, error::Error};

impl IoCtx {
    /// Returns size and mtime.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn stat(&self, oid: &str) -> Result<Stat, Error> {
        match self.one(oid, &Operation::new().stat())? {
            StepReply::Stat(stat) => Ok(stat),
            _ => Ok(Stat::default()),
        }
    }

    /// Returns up to `length` bytes from `offset`; 0 means to the end.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn read(&self, oid: &str, offset: u64, length: u64) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().read(offset, length))
    }

    /// Creates the object.
    ///
    /// # Errors
    /// `EEXIST` when it exists and `exclusive` is set.
    pub fn create(&self, oid: &str, exclusive: bool) -> Result<(), Error> {
        self.done(oid, &Operation::new().create(exclusive))
    }

    /// Writes at `offset`.
    ///
    /// # Errors
    /// Quotas.
    pub fn write(&self, oid: &str, offset: u64, data: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().write(offset, data))
    }

    /// Makes `data` the whole content.
    ///
    /// # Errors
    /// Quotas.
    pub fn write_full(&self, oid: &str, data: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().write_full(data))
    }

    /// Writes behind the end.
    ///
    /// # Errors
    /// Quotas.
    pub fn append(&self, oid: &str, data: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().append(data))
    }

    /// Cuts or extends the content; a missing object stays missing.
    ///
    /// # Errors
    /// Quotas.
    pub fn truncate(&self, oid: &str, size: u64) -> Result<(), Error> {
        self.done(oid, &Operation::new().truncate(size))
    }

    /// Makes a range read as zero bytes; a missing object stays missing.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn zero(&self, oid: &str, offset: u64, length: u64) -> Result<(), Error> {
        self.done(oid, &Operation::new().zero(offset, length))
    }

    /// Removes the object.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn remove(&self, oid: &str) -> Result<(), Error> {
        self.done(oid, &Operation::new().remove())
    }

    /// Returns the value of one xattr.
    ///
    /// # Errors
    /// `ENOENT`, `ENODATA`.
    pub fn get_xattr(&self, oid: &str, name: impl AsRef<[u8]>) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().get_xattr(name))
    }

    /// Returns all xattrs.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn get_xattrs(&self, oid: &str) -> Result<Vec<Pair>, Error> {
        Ok(self.pairs(oid, &Operation::new().get_xattrs())?.entries)
    }

    /// Sets one xattr.
    ///
    /// # Errors
    /// Quotas.
    pub fn set_xattr(
        &self,
        oid: &str,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().set_xattr(name, value))
    }

    /// Removes one xattr.
    ///
    /// # Errors
    /// `ENOENT`, `ENODATA`.
    pub fn remove_xattr(&self, oid: &str, name: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().remove_xattr(name))
    }

    /// Lists at most `max` omap keys behind `start_after`; a page ends at 16 MiB.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn omap_get_keys(
        &self,
        oid: &str,
        start_after: impl AsRef<[u8]>,
        max: u64,
    ) -> Result<Page<Bytes>, Error> {
        match self.one(oid, &Operation::new().omap_get_keys(start_after, max))? {
            StepReply::Keys(page) => Ok(page),
            _ => Ok(no_entries()),
        }
    }

    /// Lists at most `max` omap entries behind `start_after` whose keys begin with `prefix`; a page ends at 16 MiB.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn omap_get_vals(
        &self,
        oid: &str,
        start_after: impl AsRef<[u8]>,
        prefix: impl AsRef<[u8]>,
        max: u64,
    ) -> Result<Page<Pair>, Error> {
        let operation = Operation::new().omap_get_vals(start_after, prefix, max);
        self.pairs(oid, &operation)
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
    /// `ENOENT`.
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
    /// `ENOENT`.
    pub fn omap_get_header(&self, oid: &str) -> Result<Bytes, Error> {
        self.bytes(oid, &Operation::new().omap_get_header())
    }

    /// Sets omap entries.
    ///
    /// # Errors
    /// Quotas.
    pub fn omap_set(
        &self,
        oid: &str,
        entries: impl IntoIterator<Item = (impl AsRef<[u8]>, impl AsRef<[u8]>)>,
    ) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_set(entries))
    }

    /// Removes omap keys; one that is not there is no error.
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

    /// Removes all omap keys and the header.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn omap_clear(&self, oid: &str) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_clear())
    }

    /// Sets the omap header.
    ///
    /// # Errors
    /// Quotas.
    pub fn omap_set_header(&self, oid: &str, header: impl AsRef<[u8]>) -> Result<(), Error> {
        self.done(oid, &Operation::new().omap_set_header(header))
    }

    fn done(&self, oid: &str, operation: &Operation) -> Result<(), Error> {
        self.one(oid, operation).map(drop)
    }

    fn bytes(&self, oid: &str, operation: &Operation) -> Result<Bytes, Error> {
        match self.one(oid, operation)? {
            StepReply::Bytes(bytes) => Ok(bytes),
            _ => Ok(Bytes::new()),
        }
    }

    fn pairs(&self, oid: &str, operation: &Operation) -> Result<Page<Pair>, Error> {
        match self.one(oid, operation)? {
            StepReply::Pairs(page) => Ok(page),
            _ => Ok(no_entries()),
        }
    }
}

fn no_entries<T>() -> Page<T> {
    Page {
        entries: Vec::new(),
        more: false,
    }
}
