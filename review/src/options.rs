//! What to review, and how.

use std::path::PathBuf;

use crate::{ChildCommand, Family, StoreKind, guards::Guard};

/// What to review, on which stores, with which guards.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directories with cases of the reviewer's own.
    pub directories: Vec<PathBuf>,
    /// Families to run; all when empty.
    pub families: Vec<Family>,
    /// Ids to run; all when empty.
    pub only: Vec<String>,
    /// Guards to switch off, to see whether the harness notices.
    pub unhardened: Vec<Guard>,
    /// Let the children also limit their own address space and processor time.
    pub rlimits: bool,
    /// Cases (or, in a soak, calls) at a time.
    pub jobs: usize,
    /// Decides every order that is random.
    pub seed: u64,
    /// Instead of case by case: this many calls of random scripts in one engine.
    pub soak: Option<u64>,
    /// Instead of case by case: this many programs composed at random, on a store on disk.
    pub search: Option<u64>,
    /// Instead of case by case: this many random shapes of each function, for what a unit of fuel costs.
    pub rates: Option<u32>,
    /// Where the objects of cases are, one after the other.
    pub stores: Vec<StoreKind>,
    /// How to start a child.
    pub child: ChildCommand,
}

impl Options {
    /// The built-in corpus, one case at a time, everything on.
    #[must_use]
    pub fn new(child: ChildCommand) -> Self {
        Self {
            directories: Vec::new(),
            families: Vec::new(),
            only: Vec::new(),
            unhardened: Vec::new(),
            rlimits: true,
            jobs: 1,
            seed: 0,
            soak: None,
            search: None,
            rates: None,
            stores: StoreKind::built(),
            child,
        }
    }
}
