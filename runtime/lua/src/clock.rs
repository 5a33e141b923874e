//! A look at the clock that is cheap enough to be taken after every function that reaches the store.
//!
//! Fuel measures what a script does, not what its host calls cost: a listing that walks a million removed keys is one
//! call. So after each of them the system's coarse clock is read, which moves a few hundred times a second and costs a
//! few nanoseconds, and the budget looks at the real one when it has moved. A host that needs longer than its deadline
//! for one call must look for itself; the budget is there for that.

use objclass::Budget;
use rustix::time::{ClockId, clock_gettime};

/// A reading of the coarse clock; by default one that lies in the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tick {
    seconds: i64,
    nanoseconds: i64,
}

impl Tick {
    fn now() -> Tick {
        let now = clock_gettime(ClockId::MonotonicCoarse);
        Tick {
            seconds: now.tv_sec,
            nanoseconds: now.tv_nsec,
        }
    }

    /// Moves on to the present. When that is another tick, the budget looks at the clock. Returns whether the call may
    /// go on.
    pub(crate) fn passed(&mut self, budget: &mut Budget) -> bool {
        let now = Tick::now();
        if now == *self {
            return !budget.ended();
        }
        *self = now;
        budget.check_deadline()
    }
}
