//! Pages of keys and entries.

use alloc::vec::Vec;
use core::fmt;

use crate::object_class::radula::objclass::types::Pair;

/// A page of omap keys, in byte order.
#[derive(Clone, Copy)]
pub struct Keys<'call> {
    keys: &'call [Vec<u8>],
    more: bool,
}

/// A page of omap entries or xattrs, in byte order of their keys.
#[derive(Clone, Copy)]
pub struct Pairs<'call> {
    pairs: &'call [Pair],
    more: bool,
}

impl<'call> Keys<'call> {
    pub(crate) fn new(keys: Vec<Vec<u8>>, more: bool) -> Self {
        let keys = keys.leak();
        Self { keys, more }
    }

    /// The keys.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'call [u8]> + use<'call> {
        self.keys.iter().map(Vec::as_slice)
    }

    /// Whether the listing goes on after the last key.
    #[must_use]
    pub fn more(&self) -> bool {
        self.more
    }
}

impl<'call> Pairs<'call> {
    pub(crate) fn new(pairs: Vec<Pair>, more: bool) -> Self {
        let pairs = pairs.leak();
        Self { pairs, more }
    }

    /// Keys (or names) and values.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'call [u8], &'call [u8])> + use<'call> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
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
