//! A whole store at one moment.

use std::fmt;

use objclass::{Fault, ObjectId};
use transaction::Snapshot;

/// An object and its content, both of the same moment.
pub type FrozenObject = (ObjectId, Box<dyn Snapshot>);

/// Every object of a store as committed at one moment, whatever writers do since. It keeps what has been replaced since
/// from being freed: not to be held for long.
pub trait Frozen: fmt::Debug + Send {
    /// A version no object was given a later one than, at that moment.
    fn last_version(&self) -> u64;

    /// Returns the first objects behind `after`, at most `max`, in order of (pool, namespace, name).
    ///
    /// # Errors
    /// The store cannot be read.
    fn objects(&self, after: Option<&ObjectId>, max: usize) -> Result<Vec<FrozenObject>, Fault>;
}
