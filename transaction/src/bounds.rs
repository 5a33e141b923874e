//! How long names and keys may be that a store is asked for: checked here, once, for every sender.

use crate::Quotas;

/// Whether no object can have an xattr or an omap entry of this name, because it is longer than any quota allows.
pub(crate) fn is_absent(name: &[u8]) -> bool {
    name.len() > Quotas::LONGEST
}

/// The beginning of a bound or a prefix that is longer than any key. Every key compares to it as to the whole.
pub(crate) fn cut(bound: &[u8]) -> &[u8] {
    &bound[..bound.len().min(Quotas::LONGEST + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_compare_to_a_cut_bound_as_to_the_whole() {
        let bound = [b'k'; 70_000];
        for length in [0, 1, Quotas::LONGEST - 1, Quotas::LONGEST] {
            for last in [b'a', b'k', b'z'] {
                let mut key = vec![b'k'; length];
                if let Some(end) = key.last_mut() {
                    *end = last;
                }
                assert_eq!(key[..].cmp(cut(&bound)), key[..].cmp(&bound));
                assert_eq!(key.starts_with(cut(&bound)), key.starts_with(&bound));
                assert!(!is_absent(&key));
            }
        }
        assert!(is_absent(&bound) && cut(&bound).len() == Quotas::LONGEST + 1);
        assert_eq!(cut(b"short"), b"short");
    }
}
