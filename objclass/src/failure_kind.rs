//! How requests fail, in one word.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// A kind of failure; one word for machines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum FailureKind {
            $($(#[$doc])* $variant,)*
            /// A kind this version does not know.
            Unknown,
        }

        impl FailureKind {
            /// The word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(FailureKind::$variant => $word,)* FailureKind::Unknown => "unknown" }
            }

            /// Every kind that is known.
            pub const ALL: &'static [FailureKind] = &[$(FailureKind::$variant,)*];

            /// The kind a word stands for.
            #[must_use]
            pub fn of_word(word: &str) -> Self {
                match word { $($word => FailureKind::$variant,)* _ => FailureKind::Unknown }
            }
        }
    };
}

kinds! {
    /// The method answered with a number.
    Class = "class",
    /// A limit was reached.
    Limit = "limit",
    /// An error in the guest's code.
    GuestError = "guest-error",
    /// A panic in a trusted class.
    Panic = "panic",
    /// The host failed.
    Host = "host",
    /// Inside an OSD: the class does not open.
    Unavailable = "unavailable",
    /// Inside an OSD: it knows the method with other flags.
    Flags = "flags",
    /// The class has no such method.
    NoMethod = "no-method",
    /// The object does not exist.
    NoObject = "no-object",
    /// No object can have this name.
    InvalidObject = "invalid-object",
    /// A plain step was answered with an error number.
    Refused = "refused",
    /// The store could not be read.
    Store = "store",
    /// Too many wait, or for too long.
    Busy = "busy",
    /// The store did not acknowledge the change.
    Commit = "commit",
    /// A cluster has no way to do it.
    Unsupported = "unsupported",
    /// The cluster has no such pool.
    NoPool = "no-pool",
    /// The cluster did not answer in time.
    NoAnswer = "no-answer",
    /// No class can have this name.
    InvalidName = "invalid-name",
    /// The class may not be loaded, or not be called.
    NotPermitted = "not-permitted",
    /// The class is switched off.
    Disabled = "disabled",
    /// Nothing defines the class.
    Missing = "missing",
    /// This build lacks the class's runtime.
    NotBuiltIn = "not-built-in",
    /// The class's runtime is switched off.
    RuntimeOff = "runtime-off",
    /// A class it depends on does not open.
    Dependency = "dependency",
    /// Classes depend on each other in a circle.
    Cycle = "cycle",
    /// Dependencies are nested too deeply.
    TooDeep = "too-deep",
    /// A class directory is refused.
    DirectoryRefused = "directory-refused",
    /// A class file is refused.
    FileRefused = "file-refused",
    /// A class file is broken.
    Broken = "broken",
    /// A file is not named like a class file.
    NotAClassFile = "not-a-class-file",
    /// A class file registers no method.
    NoMethods = "no-methods",
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_its_word() {
        for &kind in FailureKind::ALL {
            assert_eq!(FailureKind::of_word(kind.word()), kind);
            assert_eq!(kind.to_string(), kind.word());
        }
        assert_eq!(FailureKind::of_word("of-tomorrow"), FailureKind::Unknown);
    }
}
