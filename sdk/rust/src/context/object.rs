//! The object.

use std::ptr;

use class_abi as abi;

use super::{Context, EMPTY, Stat, ask, span};
use crate::{Errno, Keys, Pairs, Result, page::bytes};

#[expect(
    clippy::missing_errors_doc,
    reason = "errors are said in the first lines; those of every function stand at Context"
)]
impl<'call> Context<'call> {
    /// Size and mtime; needs no flag. `ENOENT` when the object does not exist.
    pub fn stat(&self) -> Result<Stat> {
        let mut stat = abi::Stat::default();
        ask!(self.stat(&raw mut stat))?;
        Ok(Stat {
            size: stat.size,
            mtime_ns: stat.mtime_ns,
        })
    }

    /// Up to `length` bytes of data from `offset`; 0 means to the end. `ENOENT` when the object does not exist.
    pub fn read(&self, offset: u64, length: u64) -> Result<&'call [u8]> {
        self.delivered(|out| ask!(self.read(offset, length, out)))
    }

    /// All data. `ENOENT` when the object does not exist.
    pub fn read_all(&self) -> Result<&'call [u8]> {
        self.read(0, 0)
    }

    /// Fills `buffer` from `offset`; answers how much there was. For loops over much data: the host keeps nothing.
    pub fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let data = self.read(offset, buffer.len() as u64)?;
        let size = data.len();
        buffer[..size].copy_from_slice(data);
        // `data` is not used after this line and did not leave this function.
        ask!(self.release(data.as_ptr().cast()))?;
        Ok(size)
    }

    /// The value of one xattr. `ENODATA` when there is none of that name, `ENOENT` when there is no object.
    pub fn xattr(&self, name: &[u8]) -> Result<&'call [u8]> {
        self.delivered(|out| ask!(self.getxattr(span(name), out)))
    }

    /// The value of one xattr, `None` when it or the object does not exist.
    pub fn find_xattr(&self, name: &[u8]) -> Result<Option<&'call [u8]>> {
        found(self.xattr(name))
    }

    /// All xattrs. `ENOENT` when there is no object.
    pub fn xattrs(&self) -> Result<Pairs<'call>> {
        self.delivered_pairs(|out| ask!(self.getxattrs(out)))
    }

    /// At most `max` omap keys after `start_after`, which may be empty.
    pub fn omap_keys(&self, start_after: &[u8], max: u64) -> Result<Keys<'call>> {
        let mut page = abi::Keys {
            keys: ptr::null(),
            count: 0,
            more: 0,
        };
        ask!(self.omap_get_keys(span(start_after), max, &raw mut page))?;
        // SAFETY: the host delivered it for this call.
        Ok(unsafe { Keys::new(page) })
    }

    /// At most `max` omap entries after `start_after` whose keys begin with `prefix`.
    pub fn omap_vals(&self, start_after: &[u8], prefix: &[u8], max: u64) -> Result<Pairs<'call>> {
        self.delivered_pairs(|out| {
            ask!(self.omap_get_vals(span(start_after), span(prefix), max, out))
        })
    }

    /// The value of one omap key. `ENOENT` when it or the object does not exist.
    pub fn omap_val(&self, key: &[u8]) -> Result<&'call [u8]> {
        self.delivered(|out| ask!(self.omap_get_val(span(key), out)))
    }

    /// The value of one omap key, `None` when it or the object does not exist.
    pub fn find_omap_val(&self, key: &[u8]) -> Result<Option<&'call [u8]>> {
        found(self.omap_val(key))
    }

    /// The entries of those `keys` that exist.
    pub fn omap_vals_by_keys(&self, keys: &[&[u8]]) -> Result<Pairs<'call>> {
        let keys: Vec<_> = keys.iter().map(|key| span(key)).collect();
        self.delivered_pairs(|out| ask!(self.omap_get_vals_by_keys(keys.as_ptr(), keys.len(), out)))
    }

    /// The omap header, empty when there is none.
    pub fn omap_header(&self) -> Result<&'call [u8]> {
        self.delivered(|out| ask!(self.omap_get_header(out)))
    }

    /// Creates the object. `EEXIST` when it exists and `exclusive` is set.
    pub fn create(&mut self, exclusive: bool) -> Result {
        ask!(self.create(exclusive.into())).map(drop)
    }

    /// Removes the object with its xattrs and omap. `ENOENT` when it does not exist.
    pub fn remove(&mut self) -> Result {
        ask!(self.remove()).map(drop)
    }

    /// Writes `data` at `offset`.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> Result {
        ask!(self.write(offset, span(data))).map(drop)
    }

    /// Makes `data` the whole content.
    pub fn write_full(&mut self, data: &[u8]) -> Result {
        ask!(self.write_full(span(data))).map(drop)
    }

    /// Makes `data` at `offset` the whole content.
    pub fn replace(&mut self, offset: u64, data: &[u8]) -> Result {
        ask!(self.replace(offset, span(data))).map(drop)
    }

    /// Cuts, or extends with zero bytes. Nothing happens on a missing object.
    pub fn truncate(&mut self, size: u64) -> Result {
        ask!(self.truncate(size)).map(drop)
    }

    /// Makes a range read as zero bytes, never extends. Nothing happens on a missing object.
    pub fn zero(&mut self, offset: u64, length: u64) -> Result {
        ask!(self.zero(offset, length)).map(drop)
    }

    /// Sets one xattr.
    pub fn set_xattr(&mut self, name: &[u8], value: &[u8]) -> Result {
        ask!(self.setxattr(span(name), span(value))).map(drop)
    }

    /// Sets one omap entry. `EINVAL`: an empty key.
    pub fn omap_set(&mut self, key: &[u8], value: &[u8]) -> Result {
        self.omap_set_all(&[(key, value)])
    }

    /// Sets omap entries.
    pub fn omap_set_all(&mut self, entries: &[(&[u8], &[u8])]) -> Result {
        let pairs: Vec<_> = entries
            .iter()
            .map(|(key, value)| abi::Pair {
                key: span(key),
                value: span(value),
            })
            .collect();
        ask!(self.omap_set_vals(pairs.as_ptr(), pairs.len())).map(drop)
    }

    /// Removes omap keys; one that is not there is no error. `ENOENT` when there is no object.
    pub fn omap_remove(&mut self, keys: &[&[u8]]) -> Result {
        let keys: Vec<_> = keys.iter().map(|key| span(key)).collect();
        ask!(self.omap_remove_keys(keys.as_ptr(), keys.len())).map(drop)
    }

    /// Removes the omap keys in `[begin, end)`. `ENOENT` when there is no object.
    pub fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Result {
        ask!(self.omap_remove_range(span(begin), span(end))).map(drop)
    }

    /// Removes all omap keys and the header. `ENOENT` when there is no object.
    pub fn omap_clear(&mut self) -> Result {
        ask!(self.omap_clear()).map(drop)
    }

    /// Sets the omap header.
    pub fn omap_set_header(&mut self, header: &[u8]) -> Result {
        ask!(self.omap_set_header(span(header))).map(drop)
    }

    /// Bytes the host delivers.
    pub(super) fn delivered(
        &self,
        ask: impl FnOnce(*mut abi::Bytes) -> Result<i32>,
    ) -> Result<&'call [u8]> {
        let mut out = EMPTY;
        ask(&raw mut out)?;
        // SAFETY: the host delivered them for this call.
        Ok(unsafe { bytes(out) })
    }

    fn delivered_pairs(
        &self,
        ask: impl FnOnce(*mut abi::Pairs) -> Result<i32>,
    ) -> Result<Pairs<'call>> {
        let mut page = abi::Pairs {
            pairs: ptr::null(),
            count: 0,
            more: 0,
        };
        ask(&raw mut page)?;
        // SAFETY: the host delivered it for this call.
        Ok(unsafe { Pairs::new(page) })
    }
}

/// Turns "there is none" into `None`.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.errno(), Errno::ENOENT | Errno::ENODATA) => Ok(None),
        Err(error) => Err(error),
    }
}
