//! Pages of keys and entries, in the host's memory.

use std::{fmt, slice};

use class_abi as abi;

/// A page of omap keys, in byte order.
#[derive(Clone, Copy)]
pub struct Keys<'call> {
    keys: &'call [abi::Bytes],
    more: bool,
}

/// A page of omap entries or xattrs, in byte order of their keys.
#[derive(Clone, Copy)]
pub struct Pairs<'call> {
    pairs: &'call [abi::Pair],
    more: bool,
}

/// The bytes the host delivered.
///
/// # Safety
/// `bytes` came from the host, and is valid for `'call`.
pub(crate) unsafe fn bytes<'call>(bytes: abi::Bytes) -> &'call [u8] {
    // SAFETY: the host never delivers null, and keeps the memory for the call.
    unsafe { slice::from_raw_parts(bytes.data, bytes.size) }
}

/// # Safety
/// The host delivered `count` values at `first`, valid for `'call`.
unsafe fn table<'call, T>(first: *const T, count: usize) -> &'call [T] {
    if count == 0 {
        // An empty page may have any address.
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(first, count) }
}

impl<'call> Keys<'call> {
    /// # Safety
    /// The page was delivered by the host for `'call`.
    pub(crate) unsafe fn new(page: abi::Keys) -> Self {
        Self {
            // SAFETY: the caller's promise.
            keys: unsafe { table(page.keys, page.count) },
            more: page.more != 0,
        }
    }

    /// The keys.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'call [u8]> + use<'call> {
        // SAFETY: the host delivered them with the page.
        self.keys.iter().map(|key| unsafe { bytes(*key) })
    }

    /// Whether the listing goes on after the last key.
    #[must_use]
    pub fn more(&self) -> bool {
        self.more
    }
}

impl<'call> Pairs<'call> {
    /// # Safety
    /// The page was delivered by the host for `'call`.
    pub(crate) unsafe fn new(page: abi::Pairs) -> Self {
        Self {
            // SAFETY: the caller's promise.
            pairs: unsafe { table(page.pairs, page.count) },
            more: page.more != 0,
        }
    }

    /// Keys (or names) and values.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'call [u8], &'call [u8])> + use<'call> {
        self.pairs
            .iter()
            // SAFETY: the host delivered them with the page.
            .map(|pair| unsafe { (bytes(pair.key), bytes(pair.value)) })
    }

    /// Whether the listing goes on after the last entry.
    #[must_use]
    pub fn more(&self) -> bool {
        self.more
    }
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
