//! Kinds of class files, and the runtimes that run them.
//!
//! A build without a runtime still recognises its files: the answer "this build lacks the wasm runtime" must
//! not become "no such class", nor another file of the same name.

use std::sync::Arc;

use objclass::ClassBackend;

/// A kind of class file, and all that is called after its runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The runtime's name, as the configuration and `class explain` write it.
    pub name: &'static str,
    /// The runtime's name in a sentence.
    pub title: &'static str,
    /// What file names begin with.
    pub prefix: &'static str,
    /// What file names end with.
    pub suffix: &'static str,
    /// The cargo feature a build needs to run it.
    pub feature: &'static str,
    /// The key of its directories in the configuration; `dirs.NAME` for a runtime of your own.
    pub dir_key: &'static str,
    /// Classes that are part of the runtime.
    pub builtin: &'static [&'static str],
}

impl Kind {
    /// The class part of a file name: `hello` of `cls_hello.lua`. `None` when the name is not of this kind.
    #[must_use]
    pub fn class_part<'a>(&self, file_name: &'a str) -> Option<&'a str> {
        file_name
            .strip_prefix(self.prefix)?
            .strip_suffix(self.suffix)
    }

    /// The file name of class `class`.
    #[must_use]
    pub fn file_name(&self, class: &str) -> String {
        format!("{}{class}{}", self.prefix, self.suffix)
    }
}

/// One runtime as a loader has it.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// The class files it runs.
    pub kind: Kind,
    /// What runs them; `None` when this build cannot.
    pub backend: Option<Arc<dyn ClassBackend>>,
}

impl Runtime {
    /// A runtime that runs its files with `backend`.
    #[must_use]
    pub fn new(kind: Kind, backend: Arc<dyn ClassBackend>) -> Self {
        Self {
            kind,
            backend: Some(backend),
        }
    }

    /// A runtime this build lacks: its files are recognised, and refused with the feature they need.
    #[must_use]
    pub fn missing(kind: Kind) -> Self {
        Self {
            kind,
            backend: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{LUA, NATIVE};

    #[test]
    fn file_names_and_class_names_belong_together() {
        for (kind, file) in [(NATIVE, "libcls_hello.so"), (LUA, "cls_hello.lua")] {
            assert_eq!(kind.file_name("hello"), file);
            assert_eq!(kind.class_part(file), Some("hello"));
        }
        assert_eq!(LUA.class_part("cls_hello.wasm"), None);
        assert_eq!(LUA.class_part("hello.lua"), None);
    }
}
