//! Gives the memory of idle classes back.
//!
//! There is no thread for it: every so often a call of any class sweeps the pools of all. An engine that is not
//! called at all keeps what it had, which is bounded by its pools.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Calls between two looks at the clock.
const CALLS: u32 = 256;

/// Time between two sweeps.
pub(crate) const PERIOD: Duration = Duration::from_secs(10);

/// What holds memory for calls that may never come.
pub(crate) trait Idle: std::fmt::Debug + Send + Sync {
    /// Drops what nobody has used for long. Called at most once in [`PERIOD`].
    fn sweep(&self, now: Instant);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Keeper {
    calls: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pools: Vec<Weak<dyn Idle>>,
    swept: Instant,
}

impl Keeper {
    pub(crate) fn new() -> Keeper {
        Keeper {
            calls: AtomicU32::new(0),
            state: Mutex::new(State {
                pools: Vec::new(),
                swept: Instant::now(),
            }),
        }
    }

    /// Sweeps `pool` too from now on, for as long as it lives.
    pub(crate) fn watch<P: Idle + 'static>(&self, pool: &Arc<P>) {
        let pool: Weak<P> = Arc::downgrade(pool);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pools.retain(|pool| pool.strong_count() > 0);
        state.pools.push(pool);
    }

    /// Counts a call and sweeps when it is time.
    pub(crate) fn tick(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % CALLS == CALLS - 1 {
            self.sweep(Instant::now());
        }
    }

    fn sweep(&self, now: Instant) {
        // Whoever finds it locked leaves the work to the other.
        let Ok(mut state) = self.state.try_lock() else {
            return;
        };
        if now.saturating_duration_since(state.swept) < PERIOD {
            return;
        }
        state.swept = now;
        for pool in state.pools.iter().filter_map(Weak::upgrade) {
            pool.sweep(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    #[test]
    fn a_pool_that_is_gone_is_forgotten() {
        let keeper = Keeper::new();
        let kept = Arc::new(Pool::new());
        keeper.watch(&Arc::new(Pool::new()));
        keeper.watch(&kept);
        assert_eq!(keeper.state.lock().unwrap().pools.len(), 1);
    }

    #[test]
    fn an_instance_nobody_uses_for_a_minute_is_dropped() {
        let keeper = Keeper::new();
        let pool = Arc::new(Pool::new());
        keeper.watch(&pool);
        pool.put(crate::instance::tests::tiny());
        let start = Instant::now();
        for sweep in 1..6 {
            // A second look in the same period does not count.
            keeper.sweep(start + PERIOD * sweep);
            keeper.sweep(start + PERIOD * sweep);
            assert_eq!(pool.resting(), 1, "sweep {sweep}");
        }
        keeper.sweep(start + PERIOD * 6);
        assert_eq!(pool.resting(), 0);
    }

    #[test]
    fn one_that_is_used_stays() {
        let keeper = Keeper::new();
        let pool = Arc::new(Pool::new());
        keeper.watch(&pool);
        pool.put(crate::instance::tests::tiny());
        let start = Instant::now();
        for sweep in 1..20 {
            keeper.sweep(start + PERIOD * sweep);
            let instance = pool.take(0).unwrap();
            pool.put(instance);
        }
        assert_eq!(pool.resting(), 1);
    }

    #[test]
    fn a_pool_keeps_no_more_than_can_run_at_once() {
        let pool = Pool::new();
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..most + 3 {
            pool.put(crate::instance::tests::tiny());
        }
        assert_eq!(pool.resting(), most);
    }
}
