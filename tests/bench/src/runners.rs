//! The ways a subject is measured.

use std::{
    hint::black_box,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    histogram::Histogram,
    model::{Failure, Runner, Sample},
};

/// One call after another in this thread; the figure is the time of one. The clock is looked at once a batch.
#[derive(Debug)]
pub struct Calls<F> {
    call: F,
    batch: u64,
}

impl<T, F: FnMut() -> Result<T, Failure>> Calls<F> {
    /// Finds how many calls make a batch of about a millisecond.
    ///
    /// # Errors
    /// The first calls fail.
    pub fn new(mut call: F) -> Result<Self, Failure> {
        let mut batch = 1;
        loop {
            let started = Instant::now();
            for _ in 0..batch {
                black_box(call()?);
            }
            if started.elapsed() >= Duration::from_millis(1) {
                return Ok(Self { call, batch });
            }
            batch *= 2;
        }
    }
}

impl<T, F: FnMut() -> Result<T, Failure>> Runner for Calls<F> {
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    fn round(&mut self, time: Duration) -> Result<Sample, Failure> {
        let (started, mut calls) = (Instant::now(), 0u64);
        loop {
            for _ in 0..self.batch {
                black_box((self.call)()?);
            }
            calls += self.batch;
            let elapsed = started.elapsed();
            if elapsed >= time {
                return Ok((elapsed.as_secs_f64() / calls as f64).into());
            }
        }
    }
}

/// One run a round, which says itself what it came to: a script, a process, another program.
#[derive(Debug)]
pub struct Once<F>(pub F);

impl<F: FnMut() -> Result<f64, Failure>> Runner for Once<F> {
    fn round(&mut self, _time: Duration) -> Result<Sample, Failure> {
        Ok((self.0)()?.into())
    }
}

/// The seconds `work` takes.
///
/// # Errors
/// Those of `work`.
pub fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<f64, Failure> {
    let started = Instant::now();
    black_box(work()?);
    Ok(started.elapsed().as_secs_f64())
}

/// What one client does again and again; the number is random.
pub type Client = Box<dyn FnMut(u64) -> Result<(), Failure> + Send>;

/// As many threads as there are clients, each with one request in flight. Every operation is timed, which costs each
/// subject the same look at the clock.
pub struct Clients {
    clients: Vec<Client>,
    /// Kept until the clients are gone: servers, stores.
    _world: Box<dyn std::any::Any>,
    random: u64,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} clients", self.clients.len())
    }
}

impl Clients {
    /// `count` clients made by `client`; `world` is dropped after them.
    ///
    /// # Errors
    /// A client cannot be made.
    pub fn new<E>(
        count: u64,
        world: impl std::any::Any,
        client: impl Fn() -> Result<Client, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            clients: (0..count).map(|_| client()).collect::<Result<_, E>>()?,
            _world: Box::new(world),
            random: 1,
        })
    }
}

impl Runner for Clients {
    #[expect(clippy::cast_precision_loss, reason = "a count of operations")]
    fn round(&mut self, time: Duration) -> Result<Sample, Failure> {
        let stop = AtomicBool::new(false);
        let barrier = Barrier::new(self.clients.len() + 1);
        let (elapsed, latencies) = thread::scope(|scope| {
            let running: Vec<_> = self
                .clients
                .iter_mut()
                .map(|client| {
                    self.random += 1;
                    let (stop, barrier, seed) = (&stop, &barrier, self.random);
                    scope.spawn(move || repeat(client, seed, barrier, stop))
                })
                .collect();
            barrier.wait();
            let started = Instant::now();
            thread::sleep(time);
            stop.store(true, Ordering::Relaxed);
            let mut all = Histogram::default();
            for thread in running {
                let found = thread.join().map_err(|_| "a client panicked")??;
                all.merge(&found);
            }
            Ok::<_, Failure>((started.elapsed(), all))
        })?;
        if latencies.total() == 0 {
            return Err("no client finished an operation".into());
        }
        Ok(Sample {
            value: latencies.total() as f64 / elapsed.as_secs_f64(),
            latencies: Some(latencies),
        })
    }
}

/// Threads finish what they began, and it counts: the clock of the round stops when the last has.
fn repeat(
    client: &mut Client,
    seed: u64,
    barrier: &Barrier,
    stop: &AtomicBool,
) -> Result<Histogram, Failure> {
    let mut latencies = Histogram::default();
    let mut random = fastrand::Rng::with_seed(seed);
    barrier.wait();
    let mut before = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        client(random.u64(..))?;
        let now = Instant::now();
        latencies.note(now - before);
        before = now;
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_sleeps_is_seen_to() {
        let mut calls = Calls::new(|| {
            thread::sleep(Duration::from_millis(2));
            Ok(())
        })
        .unwrap();
        let sample = calls.round(Duration::from_millis(10)).unwrap();
        assert!((2e-3..50e-3).contains(&sample.value), "{sample:?}");
    }

    #[test]
    fn clients_work_side_by_side() {
        let client = || {
            Ok::<Client, Failure>(Box::new(|_| {
                thread::sleep(Duration::from_millis(5));
                Ok(())
            }))
        };
        let rate = |count| {
            let mut clients = Clients::new(count, (), client).unwrap();
            clients.round(Duration::from_millis(100)).unwrap().value
        };
        let (one, eight) = (rate(1), rate(8));
        assert!(eight > 3.0 * one, "{one} {eight}");
    }

    #[test]
    fn a_client_that_fails_fails_the_round() {
        let client = || Ok::<Client, Failure>(Box::new(|_| Err("no".into())));
        let mut clients = Clients::new(2, (), client).unwrap();
        let error = clients.round(Duration::from_millis(5)).unwrap_err();
        assert_eq!(error.to_string(), "no");
    }
}
