//! Kinds of Ceph's entities: the parties that speak its protocol, by number and by word.

/// Ceph's number for clients.
pub(crate) const CLIENT: u8 = 8;

const KINDS: [(u8, &str); 5] = [
    (1, "mon"),
    (2, "mds"),
    (4, "osd"),
    (CLIENT, "client"),
    (16, "mgr"),
];

/// The number of the kind that `word` names.
pub(crate) fn kind(word: &str) -> Option<u8> {
    let of_word = KINDS.iter().find(|(_, known)| *known == word);
    of_word.map(|(kind, _)| *kind)
}

/// `client.4115`, as Ceph writes who somebody is. A number below zero stands for any.
#[must_use]
pub fn entity_name(kind: u8, number: i64) -> String {
    let of_kind = KINDS.iter().find(|(known, _)| *known == kind);
    let word = of_kind.map_or("unknown", |(_, word)| *word);
    if number < 0 {
        format!("{word}.?")
    } else {
        format!("{word}.{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_ceph() {
        assert_eq!(entity_name(8, 4115), "client.4115");
        assert_eq!(entity_name(3, -1), "unknown.?");
        assert_eq!((kind("osd"), kind("x")), (Some(4), None));
    }
}
