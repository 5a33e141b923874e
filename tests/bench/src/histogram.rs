//! Latencies of every operation, kept for percentiles: an HDR histogram of nanoseconds with three digits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many operations took how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

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

impl Default for Histogram {
    fn default() -> Self {
        let histogram = hdrhistogram::Histogram::new(3);
        Self(histogram.expect("three digits are within what a histogram can keep"))
    }
}

impl Histogram {
    /// Notes one operation.
    pub fn note(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let noted = self.0.record(nanos);
        noted.expect("a histogram that grows takes every value");
    }

    /// Adds the operations of another thread or round.
    pub fn merge(&mut self, other: &Histogram) {
        let added = self.0.add(&other.0);
        added.expect("a histogram that grows takes every other");
    }

    /// How many operations were noted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.len()
    }

    /// The percentiles; none without operations.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        let at = |quantile| seconds(self.0.value_at_quantile(quantile));
        (!self.0.is_empty()).then(|| Percentiles {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            most: seconds(self.0.max()),
        })
    }
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (percentiles.most, 1e-3),
        ] {
            assert!((found / expected - 1.0).abs() < 0.003, "{found} {expected}");
        }
        assert_eq!(Histogram::default().percentiles(), None);
    }

    #[test]
    fn merging_adds_and_the_histogram_grows() {
        let (mut one, mut two) = (Histogram::default(), Histogram::default());
        one.note(Duration::from_nanos(10));
        two.note(Duration::from_secs(3600));
        one.merge(&two);
        assert_eq!(one.total(), 2);
        assert!(one.percentiles().unwrap().p999 > 3590.0);
    }
}
