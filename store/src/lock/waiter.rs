//! Waiting for one's turn: asleep while others are before, and awake shortly before it comes.
//!
//! A thread that sleeps takes up to a tenth of a millisecond to wake up, many times what a short method runs. The one who
//! is next is therefore woken when the one before it begins, and looks for its turn itself for a while. Only the next one
//! does: any other would take a processor from those who work.
//!
//! It looks for longer than a wake-up takes. Otherwise one late wake-up would send the next one to sleep as well, and from
//! then on every turn would begin with one. Where turns are long, as with a sync in each, looking gains nothing: a thread
//! whose last turn was long in coming looks for a short while only.

use std::{
    cell::Cell,
    hint,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// How long the next one looks before it sleeps again, where turns are short: longer than a wake-up takes.
const LONG_LOOK: Duration = Duration::from_micros(100);

/// The same where turns are long: about what going to sleep costs. Also how long a processor is kept from whoever else may
/// want it; from then on the looking thread lets others go first.
const SHORT_LOOK: Duration = Duration::from_micros(10);

/// A turn that came within this was short, its own wake-up included.
const SHORT_TURN: Duration = Duration::from_micros(200);

thread_local! {
    /// How long this thread looks the next time.
    static LOOK: Cell<Duration> = const { Cell::new(LONG_LOOK) };
}

/// One thread in a queue.
#[derive(Debug)]
pub(super) struct Waiter {
    thread: Thread,
    is_granted: AtomicBool,
    /// Nobody is before it but the one whose turn it is, and there is a processor to look from: on one processor a thread
    /// that looks keeps the one it looks for from running. Taken away when it was acted upon.
    is_near: AtomicBool,
}

impl Waiter {
    /// The calling thread, with somebody before it or not.
    pub(super) fn new(is_near: bool) -> Self {
        Self {
            thread: thread::current(),
            is_granted: AtomicBool::new(false),
            is_near: AtomicBool::new(is_near && can_look()),
        }
    }

    /// Its turn has come.
    pub(super) fn grant(&self) {
        self.is_granted.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// Its turn is the next.
    pub(super) fn come_near(&self) {
        if can_look() {
            self.is_near.store(true, Ordering::Release);
            self.thread.unpark();
        }
    }

    /// Waits for the turn, until `deadline`. Returns whether it came. Called by the thread that made it.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut near_since = None;
        loop {
            if self.is_near.swap(false, Ordering::Acquire) {
                let since = Instant::now();
                near_since = Some(since);
                self.look(since);
            }
            // A wake-up that came before this leaves a token: `park` then returns at once.
            if self.is_granted.load(Ordering::Acquire) {
                if let Some(since) = near_since {
                    look_as_after(since.elapsed());
                }
                return true;
            }
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    thread::park_timeout(left);
                }
            }
        }
    }

    fn look(&self, since: Instant) {
        let longest = LOOK.get();
        while !self.is_granted.load(Ordering::Acquire) {
            match since.elapsed() {
                looked if looked >= longest => return,
                looked if looked >= SHORT_LOOK => thread::yield_now(),
                _ => hint::spin_loop(),
            }
        }
    }
}

fn look_as_after(turn: Duration) {
    LOOK.set(match turn <= SHORT_TURN {
        true => LONG_LOOK,
        false => SHORT_LOOK,
    });
}

fn can_look() -> bool {
    static CAN_LOOK: OnceLock<bool> = OnceLock::new();
    *CAN_LOOK.get_or_init(|| {
        thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn_after(time: Duration) {
        let waiter = Waiter::new(false);
        waiter.is_near.store(true, Ordering::Release);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(time);
                waiter.grant();
            });
            assert!(waiter.wait(None));
        });
    }

    #[test]
    fn a_thread_looks_shortly_after_a_long_turn() {
        assert_eq!(LOOK.get(), LONG_LOOK);
        turn_after(2 * SHORT_TURN);
        assert_eq!(LOOK.get(), SHORT_LOOK);
        look_as_after(SHORT_TURN);
        assert_eq!(LOOK.get(), LONG_LOOK);
    }
}
