//! Choosing seeds whose hash of numbers spreads the keys that tables in programs have.
//!
//! The hash is the high bits of `key × number`: nobody who does not know the key can choose numbers that collide. But it
//! takes equal steps to equal steps, and for every key there are steps that lead round in small circles: with one key of
//! a hundred, multiples of 1,000 share a few places, and a table of them is five times slower as long as the process
//! lives. So of some seeds that are as secret as the first, the one is taken that is kind to the steps programs take.

unsafe extern "C" {
    fn radula_number_key(seed: *const u64) -> u64;
}

/// Seeds to choose from. It costs five bits of the secret.
const SEEDS: u64 = 32;

/// Distances between the keys of sparse tables: sizes, pages, decimal numbering.
const STEPS: [u64; 19] = [
    1, 2, 4, 8, 10, 16, 32, 64, 100, 128, 256, 512, 1_000, 1_024, 4_096, 10_000, 65_536, 100_000,
    1_000_000,
];

/// Keys of the table that is looked at, and the logarithm of its places: a table is between half and all full.
const KEYS: u64 = 100;
const PLACES_LOG: u32 = 7;

/// A seed for [`Meter::seed_hashes`](crate::Meter::seed_hashes) made from `seed`, which is secret: one that spreads well.
#[must_use]
pub fn spread_seed(seed: [u64; 2]) -> [u64; 2] {
    let mut best = (u64::MAX, seed);
    for number in 0..SEEDS {
        // Both words: one that mixes to nothing would make every candidate alike.
        let candidate = seed.map(|word| word.wrapping_add(number));
        let crowd = crowd(number_key(candidate), best.0);
        if crowd < best.0 {
            best = (crowd, candidate);
        }
    }
    best.1
}

fn number_key(seed: [u64; 2]) -> u64 {
    // SAFETY: reads two words and computes.
    unsafe { radula_number_key(seed.as_ptr()) }
}

/// How many keys are met in finding each key once, for the step with which it is most; not looked at further once it
/// is `enough`.
fn crowd(key: u64, enough: u64) -> u64 {
    let mut most = 0;
    for step in STEPS {
        let mut places = [0_u64; 1 << PLACES_LOG];
        let met: u64 = (1..=KEYS)
            .map(|number| {
                let place = (number * step).wrapping_mul(key) >> (64 - PLACES_LOG);
                // In range: the shift leaves PLACES_LOG bits.
                let chain = &mut places[usize::try_from(place).unwrap_or(0)];
                *chain += 1;
                *chain
            })
            .sum();
        most = most.max(met);
        if most >= enough {
            break;
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In keys met for each found.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    fn worst(seed: [u64; 2]) -> f64 {
        crowd(number_key(seed), u64::MAX) as f64 / KEYS as f64
    }

    /// The second of the seeds below is one whose first word mixes to 0, and puts all numbers in one place.
    #[test]
    fn a_chosen_seed_is_kind_to_every_usual_step_where_others_are_not() {
        let seeds = (0..200_u64).map(|n| [n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n << 32]);
        let (mut chosen, mut taken): (Vec<_>, Vec<_>) = seeds
            .map(|seed| (worst(spread_seed(seed)), worst(seed)))
            .unzip();
        chosen.sort_by(f64::total_cmp);
        taken.sort_by(f64::total_cmp);
        assert!(chosen[199] < 2.0, "{chosen:?}");
        assert!(taken[190] > 4.0, "{taken:?}");
    }

    #[test]
    fn seeds_stay_secret() {
        let seeds: std::collections::HashSet<_> =
            (0..100_u64).map(|n| spread_seed([n, n << 40])).collect();
        assert_eq!(seeds.len(), 100);
    }
}
