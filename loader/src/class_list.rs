//! Lists of classes as Ceph's options write them.

use std::{collections::BTreeSet, fmt};

use objclass::{ClassName, InvalidName};

/// The value of `class_load_list` and `class_default_list`: names separated by blanks or commas, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassList {
    /// Every class: `*` is among the words.
    All,
    /// These and no others.
    Only(BTreeSet<ClassName>),
}

impl ClassList {
    /// Reads a list. An empty one contains no class.
    ///
    /// # Errors
    /// [`InvalidName`] when a word can be no class's name. Ceph ignores such words; here a slip of the pen is
    /// reported rather than found out later.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let mut names = BTreeSet::new();
        let mut all = false;
        for word in text
            .split([' ', '\t', '\n', '\r', ','])
            .filter(|word| !word.is_empty())
        {
            if word == "*" {
                all = true;
            } else {
                names.insert(ClassName::new(word)?);
            }
        }
        Ok(if all { Self::All } else { Self::Only(names) })
    }

    /// Whether `class` is on the list.
    #[must_use]
    pub fn contains(&self, class: &ClassName) -> bool {
        match self {
            ClassList::All => true,
            ClassList::Only(names) => names.contains(class),
        }
    }
}

impl fmt::Display for ClassList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClassList::All => f.write_str("*"),
            ClassList::Only(names) => {
                for (position, name) in names.iter().enumerate() {
                    let separator = if position == 0 { "" } else { " " };
                    write!(f, "{separator}{name}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_exactly_and_a_star_means_all() {
        let list = ClassList::parse("hello  lock,log\n").unwrap();
        assert!(list.contains(&ClassName::new("lock").unwrap()));
        assert!(!list.contains(&ClassName::new("loc").unwrap()));
        assert_eq!(list.to_string(), "hello lock log");
        assert_eq!(ClassList::parse("hello *").unwrap(), ClassList::All);
        let empty = ClassList::parse("").unwrap();
        assert!(!empty.contains(&ClassName::new("hello").unwrap()));
        assert!(ClassList::parse("hello ../x").is_err());
    }
}
