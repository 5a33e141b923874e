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
const PERIOD: Duration = Duration::from_secs(10);

/// What holds memory for calls that may never come.
pub(crate) trait Idle: std::fmt::Debug + Send + Sync {
    /// Drops what nobody has used for long.
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
        keeper.sweep(Instant::now() + PERIOD);
        assert_eq!(kept.resting(), 0);
    }
}
