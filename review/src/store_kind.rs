//! Where the objects of a review are.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where the objects of a case are: an engine has to hold on either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// In the memory of the process.
    Memory,
    /// In a store on disk, in the case's own directory.
    Disk,
}

impl StoreKind {
    /// Both.
    pub const ALL: [StoreKind; 2] = [StoreKind::Memory, StoreKind::Disk];

    /// Those of this build.
    #[must_use]
    pub fn built() -> Vec<StoreKind> {
        let built = |kind: &StoreKind| *kind == StoreKind::Memory || cfg!(feature = "disk");
        Self::ALL.into_iter().filter(built).collect()
    }

    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            StoreKind::Memory => "memory",
            StoreKind::Disk => "disk",
        }
    }
}

/// A word that names no kind of store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind of store {0:?}: use memory or disk")]
pub struct UnknownStoreKind(String);

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for StoreKind {
    type Err = UnknownStoreKind;

    fn from_str(word: &str) -> Result<Self, UnknownStoreKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| UnknownStoreKind(word.to_owned()))
    }
}
