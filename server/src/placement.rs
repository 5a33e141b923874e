//! Which placement group an object belongs to, and the order of a listing.

/// Between namespace and name in what is hashed.
const SEPARATOR: u8 = 0x1f;
const GOLDEN: u32 = 0x9e37_79b9;

/// The hash of an object: of its locator key if it has one, else of its name.
pub(crate) fn hash(namespace: &[u8], key: &[u8], name: &[u8]) -> u32 {
    let hashed = if key.is_empty() { name } else { key };
    if namespace.is_empty() {
        return rjenkins(hashed);
    }
    let mut text = Vec::with_capacity(namespace.len() + 1 + hashed.len());
    text.extend_from_slice(namespace);
    text.push(SEPARATOR);
    text.extend_from_slice(hashed);
    rjenkins(&text)
}

/// Bob Jenkins' hash of 1996.
fn rjenkins(bytes: &[u8]) -> u32 {
    let (mut a, mut b, mut c) = (GOLDEN, GOLDEN, 0u32);
    let mut rounds = bytes.chunks_exact(12);
    for round in &mut rounds {
        a = a.wrapping_add(word(&round[..4]));
        b = b.wrapping_add(word(&round[4..8]));
        c = c.wrapping_add(word(&round[8..]));
        (a, b, c) = mix(a, b, c);
    }
    let rest = rounds.remainder();
    // The hash is defined on the length as 32 bits; names are far shorter.
    c = c.wrapping_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let part = |from: usize, to: usize| word(&rest[from.min(rest.len())..to.min(rest.len())]);
    a = a.wrapping_add(part(0, 4));
    b = b.wrapping_add(part(4, 8));
    // The lowest byte of the last word has the length.
    c = c.wrapping_add(part(8, 11) << 8);
    mix(a, b, c).2
}

/// Up to four bytes as a number, the first one lowest.
fn word(bytes: &[u8]) -> u32 {
    let shifted = |(at, byte): (usize, &u8)| u32::from(*byte) << (8 * at);
    bytes.iter().enumerate().map(shifted).sum()
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    let less = |one: u32, two: u32, three: u32| one.wrapping_sub(two).wrapping_sub(three);
    a = less(a, b, c) ^ (c >> 13);
    b = less(b, c, a) ^ (a << 8);
    c = less(c, a, b) ^ (b >> 13);
    a = less(a, b, c) ^ (c >> 12);
    b = less(b, c, a) ^ (a << 16);
    c = less(c, a, b) ^ (b >> 5);
    a = less(a, b, c) ^ (c >> 3);
    b = less(b, c, a) ^ (a << 10);
    c = less(c, a, b) ^ (b >> 15);
    (a, b, c)
}

/// The placement group of a hash among `pg_num`, as clients compute it.
#[cfg(test)]
fn seed(hash: u32, pg_num: u32) -> u32 {
    let mask = pg_num.next_power_of_two() - 1;
    if hash & mask < pg_num {
        hash & mask
    } else {
        hash & (mask >> 1)
    }
}

/// The reversed hashes of placement group `seed`: the first and the last.
pub(crate) fn range(seed: u32, pg_num: u32) -> (u32, u32) {
    let most = u32::BITS - pg_num.leading_zeros();
    let half = 1u32 << (most - 1);
    let bits = if seed % half < pg_num % half {
        most
    } else {
        most - 1
    };
    let first = seed.reverse_bits();
    // A group of no bits has all hashes.
    let last = u32::MAX
        .checked_shr(bits)
        .map_or(first, |span| first | span);
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_protocol() {
        for (name, wanted) in [
            ("", 0xbd49_d10d),
            ("a", 0x29ee_c818),
            ("foo", 0x7fc1_f406),
            ("hello world, this is 32 bytes ok!", 0x3273_a99e),
        ] {
            assert_eq!(hash(b"", b"", name.as_bytes()), wanted, "{name}");
            assert_eq!(
                hash(b"", name.as_bytes(), b"another"),
                if name.is_empty() {
                    hash(b"", b"", b"another")
                } else {
                    wanted
                }
            );
        }
        assert_eq!(hash(b"ns", b"", b"foo"), 0xac17_f0b6);
    }

    #[test]
    fn placement_groups_share_the_reversed_hashes_without_gap_or_overlap() {
        for pg_num in 1..=130 {
            let mut ranges: Vec<_> = (0..pg_num).map(|seed| range(seed, pg_num)).collect();
            ranges.sort_unstable();
            assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, u32::MAX));
            assert!(
                ranges.windows(2).all(|two| two[0].1 + 1 == two[1].0),
                "{pg_num}"
            );
            for number in 0..10_000u32 {
                let hash = number.wrapping_mul(GOLDEN);
                let (first, last) = range(seed(hash, pg_num), pg_num);
                assert!(
                    (first..=last).contains(&hash.reverse_bits()),
                    "{hash} of {pg_num}"
                );
            }
        }
    }
}
