//! How large one object may grow, and how many of them a pool.

use objclass::Errno;

use crate::Tally;

/// Ceilings of one object. A write that would pass one answers an errno and is not buffered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of data; `EFBIG`. RADOS's `osd_max_object_size`.
    pub object_size: u64,
    /// Bytes of one xattr name; `E2BIG`.
    pub xattr_name: u64,
    /// Bytes of one xattr value; `E2BIG`.
    pub xattr_value: u64,
    /// Xattrs; `EDQUOT`.
    pub xattr_count: u64,
    /// Bytes of all xattr names and values; `EDQUOT`.
    pub xattr_bytes: u64,
    /// Bytes of one omap key; `E2BIG`.
    pub omap_key: u64,
    /// Bytes of one omap value or of the omap header; `E2BIG`.
    pub omap_value: u64,
    /// Omap entries; `EDQUOT`.
    pub omap_entries: u64,
    /// Bytes of all omap keys and values; `EDQUOT`.
    pub omap_bytes: u64,
    /// Objects in the pool; `EDQUOT`. Checked by the store when it commits a new one.
    pub pool_objects: u64,
}

impl Quotas {
    /// Largest name or key any quota can allow: stores prefix keys and still fit them into 16 bits.
    pub const MAX_KEY: u64 = 32 << 10;

    /// The same as a length in memory.
    pub(crate) const LONGEST: usize = 32 << 10;
}

impl Default for Quotas {
    /// RADOS's sizes where it has them (128 MiB of data, 64 KiB an xattr value), and totals a store can list
    /// and remove in one go.
    fn default() -> Self {
        Self {
            object_size: 128 << 20,
            xattr_name: 255,
            xattr_value: 64 << 10,
            xattr_count: 1_000,
            xattr_bytes: 1 << 20,
            omap_key: 4 << 10,
            omap_value: 16 << 20,
            omap_entries: 1_000_000,
            omap_bytes: 1 << 30,
            pool_objects: 1_000_000_000,
        }
    }
}

impl Quotas {
    pub(crate) fn check_size(&self, size: Option<u64>) -> Result<u64, Errno> {
        size.filter(|size| *size <= self.object_size)
            .ok_or(Errno::EFBIG)
    }

    pub(crate) fn check_xattr(&self, name: &[u8], value: &[u8]) -> Result<(), Errno> {
        if name.is_empty() {
            return Err(Errno::EINVAL);
        }
        if longer(name, self.xattr_name.min(Self::MAX_KEY)) || longer(value, self.xattr_value) {
            return Err(Errno::E2BIG);
        }
        Ok(())
    }

    pub(crate) fn check_xattrs(&self, tally: Tally) -> Result<(), Errno> {
        within(tally, self.xattr_count, self.xattr_bytes)
    }

    pub(crate) fn check_omap_entry(&self, key: &[u8], value: &[u8]) -> Result<(), Errno> {
        if key.is_empty() {
            return Err(Errno::EINVAL);
        }
        if longer(key, self.omap_key.min(Self::MAX_KEY)) {
            return Err(Errno::E2BIG);
        }
        self.check_omap_value(value)
    }

    pub(crate) fn check_omap_value(&self, value: &[u8]) -> Result<(), Errno> {
        if longer(value, self.omap_value) {
            return Err(Errno::E2BIG);
        }
        Ok(())
    }

    pub(crate) fn check_omap(&self, tally: Tally) -> Result<(), Errno> {
        within(tally, self.omap_entries, self.omap_bytes)
    }
}

fn longer(text: &[u8], max: u64) -> bool {
    text.len() as u64 > max
}

fn within(tally: Tally, entries: u64, bytes: u64) -> Result<(), Errno> {
    if tally.entries > entries || tally.bytes > bytes {
        Err(Errno::EDQUOT)
    } else {
        Ok(())
    }
}
