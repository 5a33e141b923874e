//! The time a commit is stamped with.

use std::time::{SystemTime, UNIX_EPOCH};

use objclass::Timestamp;

/// Now, but never before `last`: an object's mtime does not run backwards when the clock does.
pub(crate) fn now_after(last: Timestamp) -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
    Timestamp(now.max(last.0))
}
