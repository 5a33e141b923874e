//! How long a compiler may go on: so much processor time, and not forever on a machine that gives it none.

use std::time::{Duration, Instant};

/// How many times its budget a compiler may take by the clock on the wall, when other programs keep it from running.
const SHARED: u32 = 4;

/// What a running compiler has left.
pub(super) struct Patience {
    budget: Duration,
    process: u32,
    /// When it is over, whatever the compiler used.
    end: Instant,
}

impl Patience {
    /// For `process`, which starts now and may use `budget`.
    pub(super) fn new(budget: Duration, process: u32) -> Self {
        Self {
            budget,
            process,
            end: Instant::now()
                + budget
                    .saturating_mul(SHARED)
                    .min(Duration::from_secs(86_400)),
        }
    }

    /// The time after which to look again; none when it is over.
    pub(super) fn left(&mut self) -> Option<Duration> {
        let by_wall = self.end.checked_duration_since(Instant::now())?;
        // A process that is gone used up nothing more: its pipes say what became of it.
        let used = processor_time(self.process).unwrap_or_default();
        let by_processor = self.budget.checked_sub(used)?;
        // Rounded up to what a poll can wait.
        Some(by_wall.min(by_processor).max(Duration::from_millis(1)))
    }
}

/// Processor time `process` used, with all its threads.
fn processor_time(process: u32) -> Option<Duration> {
    let mut clock = 0;
    // SAFETY: `clock` is a place to write to; any number may be asked for.
    let error = unsafe { libc::clock_getcpuclockid(process.cast_signed(), &raw mut clock) };
    if error != 0 {
        return None;
    }
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a place to write to; a clock that is gone is an error.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    Some(Duration::new(
        u64::try_from(time.tv_sec).ok()?,
        u32::try_from(time.tv_nsec).ok()?,
    ))
}
