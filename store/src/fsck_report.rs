//! What a check of a store reports, and what it may do.

use std::fmt;

use objclass::ObjectId;

/// The pool damaged objects are moved to.
pub const LOST_AND_FOUND: &str = "lost+found";

/// What to do about what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: no object is changed.
    #[default]
    Nothing,
    /// What the rows tell is made right. What they do not is moved to pool [`LOST_AND_FOUND`], as it is: no byte of an
    /// object is dropped or made up.
    MoveAside,
    /// As [`MoveAside`](Repair::MoveAside), but what would be moved is removed, and so is what is damaged there already.
    RemoveDamaged,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FsckProgress {
    /// Objects looked at.
    pub objects: u64,
    /// Objects the store says it has.
    pub of: u64,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FsckReport {
    /// Objects looked at.
    pub objects: u64,
    /// Bytes of data they say they have.
    pub bytes: u64,
    /// What is wrong, up to a thousand.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub problem_count: u64,
    /// How many of them were made right, with nothing lost.
    pub repaired: u64,
    /// Rows of removed objects and omaps that wait to be removed in the background, at most. Nothing is wrong with them.
    pub garbage_rows: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The object it concerns, when that is known.
    pub object: Option<ObjectId>,
    /// What is wrong.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: no repair was asked for.
    Found,
    /// It was made right, with nothing lost.
    Repaired,
    /// What is left was moved aside, where it can be read as far as it is sound.
    Moved(ObjectId),
    /// It was removed.
    Removed,
    /// It was left as it is, for the reason given.
    Left(&'static str),
}

impl FsckReport {
    /// Whether nothing is wrong, or nothing is any more and nothing was lost.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.repaired == self.problem_count
    }
}

impl Outcome {
    /// One word for machines: `found`, `repaired`, `moved`, `removed` or `left`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Found => "found",
            Outcome::Repaired => "repaired",
            Outcome::Moved(_) => "moved",
            Outcome::Removed => "removed",
            Outcome::Left(_) => "left",
        }
    }

    /// Where what is left of the object was moved.
    #[must_use]
    pub fn moved_to(&self) -> Option<&ObjectId> {
        match self {
            Outcome::Moved(to) => Some(to),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.object {
            write!(f, "{id}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.outcome {
            Outcome::Found => Ok(()),
            Outcome::Repaired => f.write_str("; repaired"),
            Outcome::Moved(to) => write!(f, "; moved to {to}"),
            Outcome::Removed => f.write_str("; removed"),
            Outcome::Left(why) => write!(f, "; left as it is: {why}"),
        }
    }
}
