//! What a host does for one call, counted where it is done: in the loop that walks rows.

use std::time::{Duration, Instant};

use crate::{LimitKind, ObjectError};

/// Steps between two looks at the clock. A step is a row or a look-up, a microsecond or two at most.
const PATIENCE: u64 = 64;

/// Bytes that are read in the time of a step.
const STEP_BYTES: u64 = 1024;

/// Fuel of a row that was looked at in vain: what a guest pays for as much time of its own, within a factor of 50.
const VAIN_FUEL: u64 = 64;

/// So many dead rows count as one key that was looked at in vain.
const DEAD_TO_A_KEY: u64 = 16;

/// Bytes that cost one unit of fuel when they were read in vain.
const VAIN_BYTES: u64 = 32;

/// Most bytes of values that are gathered for one answer when no call's budget says less.
const PLAIN_HELD: u64 = 256 << 20;

/// The clock of a call: when it ends, and when it was last looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) deadline: Instant,
    /// The deadline as a limit, in milliseconds.
    pub(crate) limit: u64,
    pub(crate) looked: Instant,
    /// The longest time before `looked` that nobody did.
    pub(crate) longest_gap: Duration,
}

impl Clock {
    /// Looks. Returns whether the call may go on.
    pub(crate) fn look(&mut self) -> bool {
        let now = Instant::now();
        self.longest_gap = self.gap(now);
        self.looked = now;
        now < self.deadline
    }

    /// The longest time without a look until `now`.
    pub(crate) fn gap(&self, now: Instant) -> Duration {
        let gap = now.saturating_duration_since(self.looked);
        self.longest_gap.max(gap)
    }
}

/// The account of the host's work in one host call. Whoever walks rows or reads content for a call notes it here and stops when
/// told to; [`Context`](crate::Context) puts what was noted on the [`Budget`](crate::Budget).
///
/// ```
/// use objclass::Work;
///
/// let mut work = Work::unlimited();
/// for _row in 0..1000 {
///     work.step()?;
/// }
/// # Ok::<(), objclass::ObjectError>(())
/// ```
#[derive(Debug)]
pub struct Work {
    /// `None` for work no deadline ends.
    clock: Option<Clock>,
    /// The latest deadline any work was done under, and the limit it came from.
    until: Option<(Instant, u64)>,
    /// Steps left until the clock is looked at.
    patience: u64,
    vain_left: u64,
    held_left: u64,
    /// Dead rows so far.
    dead: u64,
    noted: Noted,
}

/// What was noted in one host call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Rows looked at in vain.
    pub(crate) vain: u64,
    /// Fuel for what the guest gets nothing of.
    pub(crate) fuel: u64,
    /// Bytes a commit rewrites beside those that were written.
    pub(crate) rewritten: u64,
    /// Bytes gathered for the answer.
    held: u64,
    /// The limit that ended the work.
    pub(crate) over: Option<LimitKind>,
}

impl Default for Work {
    fn default() -> Self {
        Self::unlimited()
    }
}

impl Work {
    /// Work that no call pays for: plain operations, archives, checks. It is not timed; what it holds at once is bounded.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            clock: None,
            until: None,
            patience: PATIENCE,
            vain_left: u64::MAX,
            held_left: PLAIN_HELD,
            dead: 0,
            noted: Noted {
                vain: 0,
                fuel: 0,
                rewritten: 0,
                held: 0,
                over: None,
            },
        }
    }

    /// Begins the work of one host call, of a call with this clock: so many rows in vain are allowed, and so many bytes of
    /// answer.
    pub(crate) fn begin(&mut self, clock: Clock, vain: u64, held: u64) {
        let until = (clock.deadline, clock.limit);
        self.until = self.until.max(Some(until));
        self.clock = Some(clock);
        self.vain_left = vain;
        self.held_left = held;
        self.noted = Noted::default();
    }

    /// Ends the work of a host call. What follows is nobody's until the next begins.
    pub(crate) fn end(&mut self) -> (Option<Clock>, Noted) {
        let noted = Noted {
            held: 0,
            ..std::mem::take(&mut self.noted)
        };
        self.vain_left = u64::MAX;
        self.held_left = PLAIN_HELD;
        (self.clock.take(), noted)
    }

    /// What is to be done about all this work has to be done by then: the latest deadline of the calls it was done for, and that
    /// deadline as a limit in milliseconds. `None` when no call's was.
    #[must_use]
    pub fn until(&self) -> Option<(Instant, u64)> {
        self.until
    }

    /// Notes a row walked or looked up.
    ///
    /// # Errors
    /// The deadline has passed: whoever works stops.
    #[inline]
    pub fn step(&mut self) -> Result<(), ObjectError> {
        self.steps(1)
    }

    #[inline]
    fn steps(&mut self, steps: u64) -> Result<(), ObjectError> {
        match self.patience.checked_sub(steps) {
            Some(left) => {
                self.patience = left;
                Ok(())
            }
            None => self.look(),
        }
    }

    #[cold]
    fn look(&mut self) -> Result<(), ObjectError> {
        self.patience = PATIENCE;
        match self.clock.as_mut().is_none_or(Clock::look) {
            true => Ok(()),
            false => self.stop(LimitKind::Deadline),
        }
    }

    fn stop<T>(&mut self, kind: LimitKind) -> Result<T, ObjectError> {
        self.noted.over.get_or_insert(kind);
        Err(ObjectError::Ended)
    }

    /// Notes a row that was walked and is no part of the answer: hidden by a removal, or counted only.
    ///
    /// # Errors
    /// As [`step`](Work::step); also when the call may not look at so many.
    pub fn vain(&mut self) -> Result<(), ObjectError> {
        self.noted.vain += 1;
        self.noted.fuel = self.noted.fuel.saturating_add(VAIN_FUEL);
        if self.noted.vain > self.vain_left {
            return self.stop(LimitKind::OmapKeys);
        }
        self.step()
    }

    /// Notes a row walked over that nobody can see: what is left of a removed one in a store. It takes as long as any row, and a
    /// store is free to have it or not, so few of them count as a key.
    ///
    /// # Errors
    /// As [`vain`](Work::vain).
    pub fn dead(&mut self) -> Result<(), ObjectError> {
        self.dead += 1;
        if self.dead.is_multiple_of(DEAD_TO_A_KEY) {
            return self.vain();
        }
        self.noted.fuel = self.noted.fuel.saturating_add(VAIN_FUEL);
        self.step()
    }

    /// Notes bytes that were read for the answer.
    ///
    /// # Errors
    /// As [`step`](Work::step).
    #[inline]
    pub fn read(&mut self, bytes: usize) -> Result<(), ObjectError> {
        self.steps(bytes as u64 / STEP_BYTES)
    }

    /// Notes bytes that had to be read and are no part of the answer: a value of which only the key was asked for, pieces
    /// that were put together one by one.
    ///
    /// # Errors
    /// As [`step`](Work::step).
    pub fn read_in_vain(&mut self, bytes: usize) -> Result<(), ObjectError> {
        let fuel = bytes as u64 / VAIN_BYTES;
        self.noted.fuel = self.noted.fuel.saturating_add(fuel);
        self.read(bytes)
    }

    /// Notes bytes that are gathered for the answer, before more of them are.
    ///
    /// # Errors
    /// The call may not read so many, or, when no budget says less, nobody should at once (`E2BIG`).
    pub fn hold(&mut self, bytes: usize) -> Result<(), ObjectError> {
        self.noted.held = self.noted.held.saturating_add(bytes as u64);
        if self.noted.held <= self.held_left {
            return Ok(());
        }
        match self.clock {
            Some(_) => self.stop(LimitKind::ObjectRead),
            None => Err(crate::Errno::E2BIG.into()),
        }
    }

    /// Notes bytes that a commit will write beside those a write names, as the rest of an extent.
    pub fn rewrite(&mut self, bytes: u64) {
        self.noted.rewritten = self.noted.rewritten.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(left: Duration) -> Clock {
        let now = Instant::now();
        Clock {
            deadline: now + left,
            limit: 0,
            looked: now,
            longest_gap: Duration::ZERO,
        }
    }

    #[test]
    fn work_stops_within_256_steps_of_the_deadline() {
        for weigh in [
            |work: &mut Work| work.step(),
            |work: &mut Work| work.vain(),
            |work: &mut Work| work.dead(),
            |work: &mut Work| work.read(4096),
            |work: &mut Work| work.read_in_vain(4096),
        ] {
            let mut work = Work::unlimited();
            work.begin(clock(Duration::ZERO), u64::MAX, 0);
            let steps = (0..1000).take_while(|_| weigh(&mut work).is_ok()).count();
            assert!(steps <= 256, "{steps}");
            assert_eq!(work.end().1.over, Some(LimitKind::Deadline));
            let mut in_time = Work::unlimited();
            in_time.begin(clock(Duration::from_secs(60)), u64::MAX, 0);
            assert!((0..1000).all(|_| weigh(&mut in_time).is_ok()));
        }
    }

    #[test]
    fn rows_in_vain_and_gathered_bytes_have_an_end() {
        let mut work = Work::unlimited();
        work.begin(clock(Duration::from_secs(60)), 2, 10);
        assert!(work.vain().is_ok() && work.vain().is_ok() && work.vain().is_err());
        assert_eq!(work.end().1.over, Some(LimitKind::OmapKeys));
        work.begin(clock(Duration::from_secs(60)), 0, 10);
        assert!(work.hold(10).is_ok() && work.hold(1).is_err());
        assert_eq!(work.end().1.over, Some(LimitKind::ObjectRead));
    }
}
