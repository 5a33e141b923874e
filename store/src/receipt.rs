//! What a commit leaves beside its changes, for whoever asks later whether it was done.

use bytes::Bytes;

/// A note that a request was carried out: which one, and what it was answered.
///
/// It lies in the commit of the request's changes, so after a crash either both are there or neither. Whoever is asked the
/// same again can then tell, and answers from it. A store keeps the newest [`KEPT`](Receipt::KEPT) of each pool. It does not read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    key: Bytes,
    value: Bytes,
}

impl Receipt {
    /// Most bytes of a key.
    pub const MAX_KEY: usize = 64;
    /// Most bytes of a value.
    pub const MAX_VALUE: usize = 16 << 10;
    /// How many of a pool are kept. A client of Ceph has at most 1,024 requests under way.
    pub const KEPT: u32 = 16 << 10;

    /// A receipt of the request `key`; `None` when one of the two is too long.
    #[must_use]
    pub fn new(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Option<Self> {
        let (key, value) = (key.into(), value.into());
        let fits = key.len() <= Self::MAX_KEY && value.len() <= Self::MAX_VALUE;
        fits.then_some(Self { key, value })
    }

    /// Which request it is about.
    #[must_use]
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// What was answered, in the words of whoever left it.
    #[must_use]
    pub fn value(&self) -> &Bytes {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_no_receipt() {
        let of = |key: usize, value: usize| Receipt::new(vec![0; key], vec![0; value]);
        assert!(of(Receipt::MAX_KEY, Receipt::MAX_VALUE).is_some());
        assert_eq!(of(Receipt::MAX_KEY + 1, 0), None);
        assert_eq!(of(0, Receipt::MAX_VALUE + 1), None);
    }
}
