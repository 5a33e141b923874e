//! Latencies in buckets: exact enough for percentiles, cheap enough to keep for every operation.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Buckets for each doubling: a percentile is off by 3 % at most.
const STEPS: u32 = 32;

/// How many operations took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

/// The latencies a report keeps, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of the operations were faster.
    pub p50: f64,
    /// 99 of 100 were.
    pub p99: f64,
    /// 999 of 1,000 were.
    pub p999: f64,
    /// The slowest.
    pub most: f64,
}

impl Histogram {
    /// Notes one operation.
    pub fn note(&mut self, took: Duration) {
        let bucket = bucket(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// Adds the operations of another thread or round.
    pub fn merge(&mut self, other: &Histogram) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// How many operations were noted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The percentiles; none without operations.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        (self.total > 0).then(|| Percentiles {
            p50: self.at(500),
            p99: self.at(990),
            p999: self.at(999),
            most: self.at(1000),
        })
    }

    /// The latency that `per_mille` of 1,000 operations do not exceed, in seconds.
    fn at(&self, per_mille: u64) -> f64 {
        let wanted = (self.total * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return middle(bucket);
            }
        }
        0.0
    }
}

/// Linear up to `STEPS` nanoseconds, then `STEPS` buckets for each doubling.
fn bucket(nanos: u64) -> usize {
    let steps = u64::from(STEPS);
    let doublings = nanos.max(steps).ilog2() - STEPS.ilog2();
    let bucket = u64::from(doublings) * steps + (nanos >> doublings);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The middle of a bucket, in seconds.
#[expect(clippy::cast_precision_loss, reason = "a bucket is wider than that")]
fn middle(bucket: usize) -> f64 {
    let steps = STEPS as usize;
    let doublings = (bucket / steps).saturating_sub(1);
    let within = bucket - doublings * steps;
    (within as f64 + 0.5) * 2f64.powi(i32::try_from(doublings).unwrap_or(i32::MAX)) * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_lands_in_a_bucket_whose_middle_is_near() {
        for nanos in [1u64, 31, 32, 33, 63, 64, 65, 999, 1_000_000, 123_456_789] {
            let middle = middle(bucket(nanos)) * 1e9;
            let off = (middle - nanos as f64).abs();
            assert!(off <= 0.5 + nanos as f64 * 0.03, "{nanos}: {middle}");
        }
    }

    #[test]
    fn buckets_never_go_down() {
        let buckets: Vec<_> = (0..100_000).map(bucket).collect();
        assert!(buckets.is_sorted());
    }

    #[test]
    fn percentiles_count_from_the_fast_end() {
        let mut histogram = Histogram::default();
        for micros in 1..=1000 {
            histogram.note(Duration::from_micros(micros));
        }
        let percentiles = histogram.percentiles().unwrap();
        for (found, expected) in [
            (percentiles.p50, 500e-6),
            (percentiles.p99, 990e-6),
            (percentiles.p999, 999e-6),
        ] {
            assert!((found / expected - 1.0).abs() < 0.03, "{found} {expected}");
        }
        assert_eq!(Histogram::default().percentiles(), None);
    }

    #[test]
    fn merging_adds() {
        let (mut one, mut two) = (Histogram::default(), Histogram::default());
        one.note(Duration::from_nanos(10));
        two.note(Duration::from_millis(10));
        one.merge(&two);
        assert_eq!(one.total(), 2);
        assert!(one.percentiles().unwrap().p999 > 9e-3);
    }
}
