//! Cases of whole operations: steps that must apply together or not at all.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// A compound operation on one object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// A class the steps may call, as Lua text; installed as class `attack`.
    #[serde(default)]
    pub script: String,
    /// The steps, one transaction.
    pub steps: Vec<Step>,
}

/// One step of a compound operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Write at an offset.
    Write {
        /// Where.
        offset: u64,
        /// What.
        data: Recipe,
    },
    /// Replace the content.
    WriteFull {
        /// With what.
        data: Recipe,
    },
    /// Add to the end.
    Append {
        /// What.
        data: Recipe,
    },
    /// Cut or extend.
    Truncate {
        /// To how many bytes.
        size: u64,
    },
    /// Set an xattr.
    Setxattr {
        /// Its name.
        name: Recipe,
        /// Its value.
        value: Recipe,
    },
    /// Set one omap entry.
    OmapSet {
        /// Its key.
        key: Recipe,
        /// Its value.
        value: Recipe,
    },
    /// Remove all omap entries.
    OmapClear,
    /// Create the object.
    Create {
        /// Fail when it exists.
        exclusive: bool,
    },
    /// Remove the object.
    Remove,
    /// Fail unless the object has this version.
    AssertVersion {
        /// The version.
        version: u64,
    },
    /// Call a class.
    Exec {
        /// Which class.
        class: String,
        /// Which method.
        method: String,
        /// With what.
        #[serde(default)]
        input: Recipe,
    },
}
