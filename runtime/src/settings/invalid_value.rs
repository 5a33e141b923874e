//! A value that does not fit its key.

use std::borrow::Cow;

/// A value that does not fit its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {expected}")]
pub struct InvalidValue {
    /// What was given, cut to a printable length.
    pub given: String,
    /// What would be accepted.
    pub expected: Cow<'static, str>,
}

impl InvalidValue {
    pub(crate) fn new(given: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            given: given.chars().take(128).collect(),
            expected: expected.into(),
        }
    }
}
