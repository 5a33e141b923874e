//! A small mutator, for runs with stable Rust: it knows no coverage, only seeds and the words of a format.

/// Largest input made, in bytes.
const MAX: usize = 4096;

/// Random numbers from a seed, the same on every machine (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers decided by `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when there is none.
    fn below(&mut self, bound: usize) -> usize {
        let bound = (bound as u64).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a byte is wanted")]
    fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}

/// One of `seeds`, changed in a few places, with pieces of another seed or of `words` put in.
#[must_use]
pub fn mutate(random: &mut Random, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = seeds
        .get(random.below(seeds.len()))
        .cloned()
        .unwrap_or_default();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(8) {
            0 => flip(random, &mut input),
            1 => drop(input.drain(at..(at + 1 + random.below(16)).min(input.len()).max(at))),
            2 => insert(&mut input, at, &[random.byte()]),
            3 => {
                let word = words
                    .get(random.below(words.len()))
                    .copied()
                    .unwrap_or_default();
                insert(&mut input, at, word.as_bytes());
            }
            4 => {
                let other = seeds
                    .get(random.below(seeds.len()))
                    .map_or(&[][..], Vec::as_slice);
                let from = random.below(other.len());
                let to = (from + 1 + random.below(64)).min(other.len());
                insert(&mut input, at, other.get(from..to).unwrap_or_default());
            }
            5 => {
                let to = (at + random.below(32)).min(input.len());
                let piece = input[at.min(to)..to].to_vec();
                insert(&mut input, at, &piece.repeat(1 + random.below(20)));
            }
            6 => number(random, &mut input),
            _ => input.truncate(at),
        }
    }
    input.truncate(MAX);
    input
}

fn flip(random: &mut Random, input: &mut [u8]) {
    let at = random.below(input.len());
    let bit = 1 << random.below(8);
    if let Some(byte) = input.get_mut(at) {
        *byte ^= bit;
    }
}

/// Overwrites four bytes with a number that sits at an edge.
fn number(random: &mut Random, input: &mut [u8]) {
    const EDGES: &[u32] = &[
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff0,
        u32::MAX,
    ];
    let edge = EDGES[random.below(EDGES.len())];
    let at = random.below(input.len().saturating_sub(3));
    if let Some(place) = input.get_mut(at..at + 4) {
        let bytes = if random.below(2) == 0 {
            edge.to_le_bytes()
        } else {
            edge.to_be_bytes()
        };
        place.copy_from_slice(&bytes);
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
