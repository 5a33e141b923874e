//! How many lines about failed calls reach the log: clients decide how often a call fails.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lines in one period.
const LINES: u32 = 10;

/// The period.
const PERIOD: Duration = Duration::from_secs(1);

/// Counts the lines, and holds back what is too many.
#[derive(Debug)]
pub(crate) struct Quench {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    since: Instant,
    lines: u32,
    swallowed: u64,
}

/// What may be said now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    /// The line, and how many before it were not logged.
    Speak {
        /// Lines swallowed since the last one that was not.
        after: u64,
    },
    /// Nothing.
    Not,
}

impl Quench {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                since: Instant::now(),
                lines: 0,
                swallowed: 0,
            }),
        }
    }

    pub(crate) fn ask(&self, now: Instant) -> May {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(state.since) >= PERIOD {
            state.since = now;
            state.lines = 0;
        }
        if state.lines >= LINES {
            state.swallowed += 1;
            return May::Not;
        }
        state.lines += 1;
        May::Speak {
            after: std::mem::take(&mut state.swallowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lines_a_second_and_then_a_count() {
        let quench = Quench::new();
        let start = Instant::now();
        let spoken = (0..50).filter(|_| quench.ask(start) != May::Not).count();
        assert_eq!(spoken, 10);
        assert_eq!(quench.ask(start + PERIOD), May::Speak { after: 40 });
        assert_eq!(quench.ask(start + PERIOD), May::Speak { after: 0 });
    }
}
