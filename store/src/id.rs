//! Which object ids a store accepts.

use objclass::{Errno, ObjectId};

/// Longest pool or namespace name, in bytes.
const MAX_POOL: usize = 255;
/// Longest object name, in bytes: RADOS's `osd_max_object_name_len`.
pub(crate) const MAX_OID: usize = 2048;

/// Why no object can have this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidObjectId {
    /// The pool has no name.
    #[error("the pool name is empty")]
    EmptyPool,
    /// The object has no name.
    #[error("the object name is empty")]
    EmptyOid,
    /// The pool's name is too long.
    #[error("the pool name is longer than 255 bytes")]
    LongPool,
    /// The namespace's name is too long.
    #[error("the namespace is longer than 255 bytes")]
    LongNamespace,
    /// The object's name is too long.
    #[error("the object name is longer than 2048 bytes")]
    LongOid,
}

impl InvalidObjectId {
    /// `EINVAL` for an empty name, `ENAMETOOLONG` for a long one.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            InvalidObjectId::EmptyPool | InvalidObjectId::EmptyOid => Errno::EINVAL,
            InvalidObjectId::LongPool
            | InvalidObjectId::LongNamespace
            | InvalidObjectId::LongOid => Errno::ENAMETOOLONG,
        }
    }
}

/// Checks that an object can have this id. Names are any text, NUL included; only their length matters.
///
/// # Errors
/// [`InvalidObjectId`] says which part is wrong.
pub fn check_id(id: &ObjectId) -> Result<(), InvalidObjectId> {
    if id.pool.is_empty() {
        return Err(InvalidObjectId::EmptyPool);
    }
    if id.oid.is_empty() {
        return Err(InvalidObjectId::EmptyOid);
    }
    if id.pool.len() > MAX_POOL {
        return Err(InvalidObjectId::LongPool);
    }
    if id.namespace.len() > MAX_POOL {
        return Err(InvalidObjectId::LongNamespace);
    }
    if id.oid.len() > MAX_OID {
        return Err(InvalidObjectId::LongOid);
    }
    Ok(())
}
