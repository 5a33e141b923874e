//! A well behaved client at work on another object: what hostile calls do to its latency.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::bench::{Bench, NEIGHBOUR};
use crate::evidence::NeighbourSeen;

/// Pause between two of its calls.
const PAUSE: Duration = Duration::from_millis(1);

/// Calls before the hostile ones, to compare with.
const BEFORE: usize = 20;

/// What the client saw while it was alone.
pub(super) struct Neighbour {
    before_ms: f64,
}

impl Neighbour {
    /// Its calls before there is anything beside it.
    pub(super) fn before(bench: &Bench) -> Self {
        // The first ones fill caches.
        let mut took: Vec<f64> = (0..BEFORE).map(|_| call(bench)).collect();
        Self {
            before_ms: most(&mut took.split_off(BEFORE / 4)),
        }
    }

    /// Runs `work` with the client at work beside it.
    pub(super) fn beside<T>(&self, bench: &Bench, work: impl FnOnce() -> T) -> (T, NeighbourSeen) {
        let stop = AtomicBool::new(false);
        let (done, mut took) = thread::scope(|scope| {
            let client = scope.spawn(|| {
                let mut took = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    took.push(call(bench));
                    thread::sleep(PAUSE);
                }
                took
            });
            let done = work();
            stop.store(true, Ordering::Relaxed);
            // A client that panicked saw nothing; its panic is on standard error, which the parent reads.
            (done, client.join().unwrap_or_default())
        });
        let seen = NeighbourSeen {
            calls: took.len() as u64,
            before_ms: self.before_ms,
            beside_ms: most(&mut took),
        };
        (done, seen)
    }
}

fn call(bench: &Bench) -> f64 {
    let began = Instant::now();
    let _answer = bench.exec(NEIGHBOUR, "canary", "canary", b"hello");
    began.elapsed().as_secs_f64() * 1e3
}

/// What 99 of 100 calls do not exceed.
fn most(took: &mut [f64]) -> f64 {
    took.sort_by(f64::total_cmp);
    let at = (took.len() * 99).div_ceil(100);
    at.checked_sub(1).map_or(0.0, |at| took[at])
}
