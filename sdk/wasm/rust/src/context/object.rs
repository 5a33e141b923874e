//! The object.

use alloc::vec::Vec;

use super::{Context, Stat, checked};
use crate::{
    Errno, Keys, Pairs, Result,
    object_class::radula::objclass::{object_read as reads, object_write as writes},
};

#[expect(
    clippy::missing_errors_doc,
    reason = "errors are said in the first lines; those of every function stand at Context"
)]
impl<'call> Context<'call> {
    /// Size and mtime; needs no flag. `ENOENT` when the object does not exist.
    pub fn stat(&self) -> Result<Stat> {
        let stat = checked(reads::stat())?;
        Ok(Stat {
            size: stat.size,
            mtime_ns: stat.mtime,
        })
    }

    /// Up to `length` bytes of data from `offset`; 0 means to the end. `ENOENT` when the object does not exist.
    pub fn read(&self, offset: u64, length: u64) -> Result<&'call [u8]> {
        kept(reads::read(offset, length))
    }

    /// All data. `ENOENT` when the object does not exist.
    pub fn read_all(&self) -> Result<&'call [u8]> {
        self.read(0, 0)
    }

    /// Fills `buffer` from `offset`; answers how much there was. For loops over much data: their memory does not grow.
    pub fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let data = checked(reads::read(offset, buffer.len() as u64))?;
        buffer[..data.len()].copy_from_slice(&data);
        Ok(data.len())
    }

    /// The value of one xattr. `ENODATA` when there is none of that name, `ENOENT` when there is no object.
    pub fn xattr(&self, name: &[u8]) -> Result<&'call [u8]> {
        kept(reads::getxattr(name))
    }

    /// The value of one xattr, `None` when it or the object does not exist.
    pub fn find_xattr(&self, name: &[u8]) -> Result<Option<&'call [u8]>> {
        found(self.xattr(name))
    }

    /// All xattrs. `ENOENT` when there is no object.
    pub fn xattrs(&self) -> Result<Pairs<'call>> {
        Ok(Pairs::new(checked(reads::getxattrs())?, false))
    }

    /// At most `max` omap keys after `start_after`, which may be empty.
    pub fn omap_keys(&self, start_after: &[u8], max: u64) -> Result<Keys<'call>> {
        let page = checked(reads::omap_get_keys(start_after, max))?;
        Ok(Keys::new(page.entries, page.more))
    }

    /// At most `max` omap entries after `start_after` whose keys begin with `prefix`.
    pub fn omap_vals(&self, start_after: &[u8], prefix: &[u8], max: u64) -> Result<Pairs<'call>> {
        let page = checked(reads::omap_get_vals(start_after, prefix, max))?;
        Ok(Pairs::new(page.entries, page.more))
    }

    /// The value of one omap key. `ENOENT` when it or the object does not exist.
    pub fn omap_val(&self, key: &[u8]) -> Result<&'call [u8]> {
        kept(reads::omap_get_val(key))
    }

    /// The value of one omap key, `None` when it or the object does not exist.
    pub fn find_omap_val(&self, key: &[u8]) -> Result<Option<&'call [u8]>> {
        found(self.omap_val(key))
    }

    /// The entries of those `keys` that exist.
    pub fn omap_vals_by_keys(&self, keys: &[&[u8]]) -> Result<Pairs<'call>> {
        let keys: Vec<_> = keys.iter().map(|key| key.to_vec()).collect();
        let entries = checked(reads::omap_get_vals_by_keys(&keys))?;
        Ok(Pairs::new(entries, false))
    }

    /// The omap header, empty when there is none.
    pub fn omap_header(&self) -> Result<&'call [u8]> {
        kept(reads::omap_read_header())
    }

    /// Creates the object. `EEXIST` when it exists and `exclusive` is set.
    pub fn create(&mut self, exclusive: bool) -> Result {
        checked(writes::create(exclusive))
    }

    /// Removes the object with its xattrs and omap. `ENOENT` when it does not exist.
    pub fn remove(&mut self) -> Result {
        checked(writes::remove())
    }

    /// Writes `data` at `offset`.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> Result {
        checked(writes::write(offset, data))
    }

    /// Makes `data` the whole content.
    pub fn write_full(&mut self, data: &[u8]) -> Result {
        checked(writes::write_full(data))
    }

    /// Makes `data` at `offset` the whole content.
    pub fn replace(&mut self, offset: u64, data: &[u8]) -> Result {
        checked(writes::replace(offset, data))
    }

    /// Cuts, or extends with zero bytes. Nothing happens on a missing object.
    pub fn truncate(&mut self, size: u64) -> Result {
        checked(writes::truncate(size))
    }

    /// Makes a range read as zero bytes, never extends. Nothing happens on a missing object.
    pub fn zero(&mut self, offset: u64, length: u64) -> Result {
        checked(writes::zero(offset, length))
    }

    /// Sets one xattr.
    pub fn set_xattr(&mut self, name: &[u8], value: &[u8]) -> Result {
        checked(writes::setxattr(name, value))
    }

    /// Sets one omap entry. `EINVAL`: an empty key.
    pub fn omap_set(&mut self, key: &[u8], value: &[u8]) -> Result {
        checked(writes::omap_set_val(key, value))
    }

    /// Sets omap entries.
    pub fn omap_set_all(&mut self, entries: &[(&[u8], &[u8])]) -> Result {
        let entries: Vec<_> = entries
            .iter()
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect();
        checked(writes::omap_set_vals(&entries))
    }

    /// Removes omap keys; one that is not there is no error. `ENOENT` when there is no object.
    pub fn omap_remove(&mut self, keys: &[&[u8]]) -> Result {
        keys.iter()
            .try_for_each(|key| checked(writes::omap_remove_key(key)))
    }

    /// Removes the omap keys in `[begin, end)`. `ENOENT` when there is no object.
    pub fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Result {
        checked(writes::omap_remove_range(begin, end))
    }

    /// Removes all omap keys and the header. `ENOENT` when there is no object.
    pub fn omap_clear(&mut self) -> Result {
        checked(writes::omap_clear())
    }

    /// Sets the omap header.
    pub fn omap_set_header(&mut self, header: &[u8]) -> Result {
        checked(writes::omap_write_header(header))
    }
}

/// Bytes from the host, kept until the call is over.
fn kept<'call>(bytes: core::result::Result<Vec<u8>, reads::Errno>) -> Result<&'call [u8]> {
    checked(bytes).map(|bytes| &*bytes.leak())
}

/// Turns "there is none" into `None`.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.errno(), Errno::ENOENT | Errno::ENODATA) => Ok(None),
        Err(error) => Err(error),
    }
}
