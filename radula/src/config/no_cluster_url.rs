//! Clusters as a store, in a build that reaches none: the text is kept, and opening it says what is missing.

use std::fmt;

/// The URL of a cluster, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterUrl(String);

impl ClusterUrl {
    /// Whether a text means a cluster at all.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("rados:")
    }

    /// The pool, which this build does not look for.
    #[must_use]
    pub fn pool(&self) -> Option<&str> {
        None
    }
}

impl fmt::Display for ClusterUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keeps the text.
pub(super) fn parse(text: &str) -> Result<ClusterUrl, String> {
    Ok(ClusterUrl(text.to_owned()))
}
