//! Names of methods and fields as names of a language.

use std::collections::HashSet;

/// Gives each name an identifier of its own.
#[derive(Debug)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names that may not be `reserved`.
    pub(super) fn new(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// An identifier for `name`: letters, digits and underscores, beginning with a letter. One that is taken gets an underscore at
    /// its end, or several.
    pub(super) fn identifier(&mut self, name: &str) -> String {
        let mut identifier: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        if !identifier.starts_with(|first: char| first.is_ascii_alphabetic()) {
            identifier.insert_str(0, "m_");
        }
        while !self.taken.insert(identifier.clone()) {
            identifier.push('_');
        }
        identifier
    }
}

/// `words_of_a_name` as `WordsOfAName`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut rest = word.chars();
        camel.extend(rest.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(rest.as_str());
    }
    if camel.starts_with(|first: char| first.is_ascii_alphabetic()) {
        camel
    } else {
        format!("Class{camel}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_an_identifier_of_its_own() {
        let mut names = Names::new(&["from"]);
        let mut identifier = |name: &str| names.identifier(name);
        assert_eq!(identifier("from"), "from_");
        assert_eq!(identifier("a-b"), "a_b");
        assert_eq!(identifier("a.b"), "a_b_");
        assert_eq!(identifier("2pc"), "m_2pc");
        assert_eq!(identifier("_call"), "m__call");
        assert_eq!(identifier("é"), "m__");
    }

    #[test]
    fn a_class_has_the_name_of_a_type() {
        assert_eq!(camel("cmpomap"), "Cmpomap");
        assert_eq!(camel("sem_set"), "SemSet");
        assert_eq!(camel("2pc_queue"), "Class2pcQueue");
        assert_eq!(camel("a.b"), "AB");
    }
}
