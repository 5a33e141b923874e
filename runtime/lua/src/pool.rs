//! Idle instances of one module, bounded in number and in time.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    instance::Instance,
    keeper::{Idle, PERIOD},
};

/// How long an instance may wait for the next call before its memory goes back.
pub(crate) const IDLE: Duration = Duration::from_secs(60);

/// Sweeps an instance may see while it waits. Counting them keeps the clock out of every call.
const SWEEPS: u64 = IDLE.as_secs() / PERIOD.as_secs();

/// See the module. A call takes an instance out, so two calls never share one.
#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Resting>>,
    most: usize,
}

#[derive(Debug)]
struct Resting {
    instance: Instance,
    sweeps: u64,
}

impl Pool {
    /// A pool that keeps as many idle instances as can run at once.
    pub(crate) fn new() -> Pool {
        Pool {
            idle: Mutex::default(),
            most: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// The instance used last, whose memory is warmest, if it can hold `memory` bytes.
    pub(crate) fn take(&self, memory: u64) -> Option<Instance> {
        let resting = self.lock().pop()?;
        resting
            .instance
            .can_hold(memory)
            .then_some(resting.instance)
    }

    /// Takes an instance back after a call.
    pub(crate) fn put(&self, mut instance: Instance) {
        instance.trim();
        let mut idle = self.lock();
        if idle.len() < self.most {
            idle.push(Resting {
                instance,
                sweeps: 0,
            });
        }
    }

    #[cfg(test)]
    pub(crate) fn resting(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Resting>> {
        // A list of whole instances is never half-changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle for Pool {
    fn sweep(&self, _now: Instant) {
        self.lock().retain_mut(|resting| {
            resting.sweeps += 1;
            resting.sweeps < SWEEPS
        });
    }
}
