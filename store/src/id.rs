//! Which object ids a store accepts.

use std::borrow::Cow;

use objclass::{Errno, ObjectId};

/// Longest pool name, in bytes.
const MAX_POOL: usize = 255;
/// Longest namespace, in bytes: RADOS's `osd_max_object_namespace_len`.
const MAX_NAMESPACE: usize = 256;
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
    #[error("the namespace is longer than 256 bytes")]
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
    if id.namespace.len() > MAX_NAMESPACE {
        return Err(InvalidObjectId::LongNamespace);
    }
    if id.oid.len() > MAX_OID {
        return Err(InvalidObjectId::LongOid);
    }
    Ok(())
}

/// A listing of names that objects can have.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    /// Where it goes on, with parts that are longer than any object's cut to just beyond that: they sort as they did.
    pub(crate) after: Option<Cow<'a, ObjectId>>,
}

impl<'a> Listing<'a> {
    /// `None` when no object can be in it.
    pub(crate) fn new(
        pool: &str,
        namespace: Option<&str>,
        after: Option<&'a ObjectId>,
        prefix: &str,
    ) -> Option<Self> {
        let found = pool.len() <= MAX_POOL
            && namespace.is_none_or(|namespace| namespace.len() <= MAX_NAMESPACE)
            && prefix.len() <= MAX_OID;
        found.then(|| Self {
            after: after.map(bounded),
        })
    }
}

/// `id`, or one with shorter parts that sorts in the same place among the ids objects can have.
pub(crate) fn bounded(id: &ObjectId) -> Cow<'_, ObjectId> {
    let fits =
        id.pool.len() <= MAX_POOL && id.namespace.len() <= MAX_NAMESPACE && id.oid.len() <= MAX_OID;
    if fits {
        return Cow::Borrowed(id);
    }
    // Longer than any name, so equal to none, and as far as names go the same bytes.
    let cut = |name: &str, max: usize| name[..name.floor_char_boundary(max + 4)].to_owned();
    Cow::Owned(ObjectId {
        pool: cut(&id.pool, MAX_POOL),
        namespace: cut(&id.namespace, MAX_NAMESPACE),
        oid: cut(&id.oid, MAX_OID),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_name_sorts_where_the_whole_one_does() {
        let id = |namespace: &str, oid: &str| ObjectId {
            pool: "p".into(),
            namespace: namespace.into(),
            oid: oid.into(),
        };
        let most = "k".repeat(MAX_OID);
        // The character that would be cut in two goes as a whole.
        let long = format!("{most}k\u{10ffff}{}", "k".repeat(70_000));
        let after = id("n", &long);
        let cut = bounded(&after).into_owned();
        assert!(cut.oid.len() > MAX_OID && cut.oid.len() <= MAX_OID + 4);
        let others = [
            id("n", &most),
            id("n", &format!("{}l", &most[1..])),
            id("n", "l"),
            id("n", "a"),
            id("m", "z"),
            id("nn", "a"),
        ];
        for other in others {
            assert_eq!(other.cmp(&after), other.cmp(&cut), "{other:?}");
        }
        let short = id("n", &most);
        assert!(matches!(bounded(&short), Cow::Borrowed(_)));
        assert_eq!(
            bounded(&id(&"n".repeat(9_000), "o")).namespace.len(),
            MAX_NAMESPACE + 4
        );
    }
}
