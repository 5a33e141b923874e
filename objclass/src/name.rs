//! Names of classes and methods, validated before they reach a path or a log.

use std::{borrow::Borrow, fmt, sync::Arc};

use crate::text::MAX_NAME;

/// Longest class name, in bytes.
const MAX_CLASS_NAME: usize = 64;
/// Longest method name, in bytes.
const MAX_METHOD_NAME: usize = 128;

/// Why a name was refused. The text of the name is cut, since it comes from a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} name {given:?}: {reason}")]
pub struct InvalidName {
    /// `class` or `method`.
    pub what: &'static str,
    /// What was given, cut to a printable length.
    pub given: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl InvalidName {
    fn new(what: &'static str, given: &str, reason: &'static str) -> Self {
        Self {
            what,
            given: given.chars().take(MAX_NAME).collect(),
            reason,
        }
    }
}

/// The name of a class: 1 to 64 bytes of `[A-Za-z0-9_-]`.
///
/// Ceph does not validate names before they become part of a path; here no other type reaches one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassName(Arc<str>);

impl ClassName {
    /// Validates `name`.
    ///
    /// # Errors
    /// [`InvalidName`] when it is empty, longer than 64 bytes, or holds a byte outside `[A-Za-z0-9_-]`.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        if name.is_empty() {
            return Err(InvalidName::new("class", name, "it is empty"));
        }
        if name.len() > MAX_CLASS_NAME {
            return Err(InvalidName::new(
                "class",
                name,
                "it is longer than 64 bytes",
            ));
        }
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            return Err(InvalidName::new(
                "class",
                name,
                "only A-Z a-z 0-9 _ - are allowed",
            ));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a method: 1 to 128 bytes, no control characters.
///
/// Wider than [`ClassName`] because it never reaches a path: Lua registers any identifier.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodName(Arc<str>);

impl MethodName {
    /// Validates `name`.
    ///
    /// # Errors
    /// [`InvalidName`] when it is empty, longer than 128 bytes, or holds a control character.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        if name.is_empty() {
            return Err(InvalidName::new("method", name, "it is empty"));
        }
        if name.len() > MAX_METHOD_NAME {
            return Err(InvalidName::new(
                "method",
                name,
                "it is longer than 128 bytes",
            ));
        }
        if name.chars().any(char::is_control) {
            return Err(InvalidName::new(
                "method",
                name,
                "control characters are not allowed",
            ));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_traits {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}
text_traits!(ClassName, MethodName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_class_names_are_refused() {
        let long = "x".repeat(65);
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\0b",
            "hello\n",
            "a b",
            "a.",
            "%2e%2e",
            "h\u{435}llo",
            &long,
        ] {
            assert!(ClassName::new(bad).is_err(), "{bad:?} was accepted");
        }
        for good in ["hello", "2pc_queue", "A-b_9", &"x".repeat(64)] {
            assert_eq!(ClassName::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn the_refused_name_is_cut_in_the_error() {
        let error = ClassName::new(&"y".repeat(100_000)).unwrap_err();
        assert!(error.to_string().len() < 400);
    }
}
