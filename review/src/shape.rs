//! Objects as an attacker may prepare them, by name.

use serde::{Deserialize, Serialize};

/// The object a program runs on, as an attacker may have prepared it over days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shape {
    /// There is none.
    Absent,
    /// A little of everything.
    Small,
    /// Many omap keys.
    Keys,
    /// Many omap keys that were removed one by one and by a range, with one left after them.
    Removed,
    /// A long queue: many omap keys, of which those at the front were removed and a range in the middle, with thousands left.
    Queue,
    /// A few omap values of megabytes.
    Values,
    /// Data in pieces of one byte, one on each page.
    Pages,
    /// As many xattrs as the quotas allow.
    Xattrs,
}

impl Shape {
    /// Every shape.
    pub(crate) const ALL: [Shape; 8] = [
        Shape::Absent,
        Shape::Small,
        Shape::Keys,
        Shape::Removed,
        Shape::Queue,
        Shape::Values,
        Shape::Pages,
        Shape::Xattrs,
    ];

    /// The word in a case file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Shape::Absent => "absent",
            Shape::Small => "small",
            Shape::Keys => "keys",
            Shape::Removed => "removed",
            Shape::Queue => "queue",
            Shape::Values => "values",
            Shape::Pages => "pages",
            Shape::Xattrs => "xattrs",
        }
    }
}
