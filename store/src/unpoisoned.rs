//! Locks that stay usable after a panic.

use std::sync::PoisonError;

/// The guarded value, also after a panic elsewhere: no code of this crate panics between two consistent states.
pub(crate) fn unpoisoned<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
