//! The settings of the loader.

use std::{collections::BTreeSet, path::PathBuf};

use objclass::ClassName;
use sandbox::{Policy, Trust};

use crate::ClassList;

/// Where classes come from and which may be used. Plain data; [`Loader::reconfigure`](crate::Loader::reconfigure)
/// applies another one in the same process.
#[derive(Clone, Debug)]
pub struct LoaderConfig {
    /// Directories by runtime name ([`Kind::name`](crate::Kind::name)), searched in the order given. A directory that does
    /// not exist is looked for again at every lookup.
    pub dirs: Vec<(&'static str, Vec<PathBuf>)>,
    /// Classes that may be loaded, by clients and as dependencies.
    pub load_list: ClassList,
    /// Classes that may be called without an explicit grant; kept in
    /// [`OpenClass::by_default`](crate::OpenClass::by_default) for hosts that check grants.
    pub default_list: ClassList,
    /// Whether all classes are opened when the loader is made. What does not open is logged.
    pub open_classes_on_start: bool,
    /// Runtimes that are switched off: their files and built-in classes are not used.
    pub disabled_runtimes: BTreeSet<String>,
    /// Classes that are switched off, such as `lua`. What depends on them does not open either.
    pub disabled_classes: BTreeSet<ClassName>,
    /// Limits, for opening and for calls.
    pub policy: Policy,
    /// Who may own class files.
    pub trust: Trust,
}

impl Default for LoaderConfig {
    /// No directories, everything allowed, nothing opened ahead.
    fn default() -> Self {
        Self {
            dirs: Vec::new(),
            load_list: ClassList::All,
            default_list: ClassList::All,
            open_classes_on_start: false,
            disabled_runtimes: BTreeSet::new(),
            disabled_classes: BTreeSet::new(),
            policy: Policy::default(),
            trust: Trust::default(),
        }
    }
}
