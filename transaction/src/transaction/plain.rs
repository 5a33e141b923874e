//! What plain operations need beyond the class interface: RADOS's asserts, append, removal of xattrs.

use bytes::Bytes;
use objclass::{Errno, ObjectError, ObjectWrite};

use super::Transaction;

/// How [`Transaction::compare_xattr`] compares: the value *of the caller* stands on the left, as in RADOS's
/// `cmpxattr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

impl Comparison {
    /// Whether `left` compares to `right` as asked.
    #[must_use]
    pub fn holds<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
        }
    }
}

impl Transaction {
    /// Whether the object exists at this point of the transaction.
    ///
    /// # Errors
    /// Only faults of the host.
    pub fn exists(&mut self) -> Result<bool, ObjectError> {
        Ok(self.state()?.exists)
    }

    /// Goes on only when the object exists.
    ///
    /// # Errors
    /// `ENOENT` when it does not.
    pub fn assert_exists(&mut self) -> Result<(), ObjectError> {
        self.existing()?;
        Ok(())
    }

    /// Goes on only when the version before this transaction was `version`.
    ///
    /// # Errors
    /// As in RADOS: `EINVAL` for 0, `ERANGE` when the object is newer, `EOVERFLOW` when it is older or missing.
    pub fn assert_version(&mut self, version: u64) -> Result<(), ObjectError> {
        if version == 0 {
            Err(Errno::EINVAL.into())
        } else if version < self.info.version {
            Err(Errno::ERANGE.into())
        } else if version > self.info.version {
            Err(Errno::EOVERFLOW.into())
        } else {
            Ok(())
        }
    }

    /// Goes on only when `value` compares to the xattr as asked. A missing xattr compares as an empty one, as in
    /// RADOS.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist, `ECANCELED` when the comparison does not hold.
    pub fn compare_xattr(
        &mut self,
        name: &[u8],
        comparison: Comparison,
        value: &[u8],
    ) -> Result<(), ObjectError> {
        self.existing()?;
        let current = self.xattr_visible(name)?.unwrap_or_default();
        if comparison.holds(value, &current[..]) {
            Ok(())
        } else {
            Err(Errno::ECANCELED.into())
        }
    }

    /// Removes one xattr.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist, `ENODATA` when the xattr does not.
    pub fn remove_xattr(&mut self, name: &[u8]) -> Result<(), ObjectError> {
        self.existing()?;
        let old = self.xattr_visible(name)?.ok_or(Errno::ENODATA)?;
        let state = self.state()?;
        state.touched = true;
        state.xattrs.subtract(name, old.len() as u64);
        self.xattrs.set(Bytes::copy_from_slice(name), None);
        Ok(())
    }

    /// Writes `data` at the end; creates the object if it is missing.
    ///
    /// # Errors
    /// Quotas.
    pub fn append(&mut self, data: Bytes) -> Result<(), ObjectError> {
        let size = self.state()?.size;
        self.write(size, data)
    }
}
