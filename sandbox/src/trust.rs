//! Whose files are believed.

use std::{collections::BTreeSet, fmt};

use crate::{ambient, checks::Checks};

/// The users who may own class files, their directories and everything above: root, the user this process runs
/// as, and those an operator adds.
///
/// The owner of a file or of a directory on the way can change what runs, whatever its mode says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    owners: BTreeSet<u32>,
    checks: Checks,
}

impl Trust {
    /// Root and the user this process runs as, which is what sshd's `StrictModes` accepts.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            owners: BTreeSet::from([0, ambient::effective_user()]),
            checks: Checks::STRICT,
        }
    }

    /// Also believes the user with number `uid`: for a container that runs as root on directories mounted from
    /// a user's home.
    #[must_use]
    pub fn and(mut self, uid: u32) -> Self {
        self.owners.insert(uid);
        self
    }

    /// Believes everybody and checks nothing: FIFOs block, links lead anywhere. For the security review, which
    /// must see the attacks succeed that the checks prevent; never for class files that matter.
    #[must_use]
    pub fn unchecked_for_review() -> Self {
        Self {
            owners: BTreeSet::new(),
            checks: Checks::empty(),
        }
    }

    /// The checks made of installed files.
    pub(crate) fn checks(&self) -> Checks {
        self.checks
    }

    /// Whether files of user `uid` are believed.
    #[must_use]
    pub fn contains(&self, uid: u32) -> bool {
        self.owners.contains(&uid)
    }

    /// Exactly these users, to see checks refuse what tests can create without being root.
    #[cfg(test)]
    pub(crate) fn only(owners: impl IntoIterator<Item = u32>) -> Self {
        Self {
            owners: owners.into_iter().collect(),
            checks: Checks::STRICT,
        }
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::of_this_process()
    }
}

impl fmt::Display for Trust {
    /// `uid 0 or 1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("uid ")?;
        for (position, owner) in self.owners.iter().enumerate() {
            let separator = if position == 0 { "" } else { " or " };
            write!(f, "{separator}{owner}")?;
        }
        Ok(())
    }
}
