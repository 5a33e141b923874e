//! The way into the group commit: how many bytes of commits are under way at once, first come first served.
//!
//! What is under way is held in memory several times over, as changes, as rows and in the engine's buffers. A commit that
//! comes while the room is taken waits outside, in order; a small one never overtakes a large one, or large ones would starve.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{Busy, unpoisoned::unpoisoned};

/// Room for commits, and the queue outside.
#[derive(Debug)]
pub(super) struct Turnstile {
    room: u64,
    longest_queue: usize,
    longest_wait: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: u64,
    waiting: VecDeque<Arc<Entrant>>,
}

#[derive(Debug)]
struct Entrant {
    bytes: u64,
    admitted: Mutex<bool>,
    woken: Condvar,
}

/// A place inside, given up when dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    turnstile: &'a Turnstile,
    bytes: u64,
}

impl Turnstile {
    pub(super) fn new(room: u64, longest_queue: usize, longest_wait: Duration) -> Self {
        Self {
            room,
            longest_queue,
            longest_wait,
            state: Mutex::default(),
        }
    }

    /// Enters with a commit of `bytes`, after those who came before. One that is larger than the whole room enters when
    /// nobody is inside.
    pub(super) fn enter(&self, bytes: u64) -> Result<Pass<'_>, Busy> {
        let waiter = {
            let mut state = self.state();
            if state.waiting.is_empty() && self.fits(&state, bytes) {
                state.taken += bytes;
                return Ok(self.pass(bytes));
            }
            let waiting = state.waiting.len();
            if waiting >= self.longest_queue {
                return Err(Busy::StoreQueue { waiting });
            }
            let waiter = Arc::new(Entrant {
                bytes,
                admitted: Mutex::new(false),
                woken: Condvar::new(),
            });
            state.waiting.push_back(Arc::clone(&waiter));
            waiter
        };
        if waiter.wait(Instant::now() + self.longest_wait) {
            return Ok(self.pass(bytes));
        }
        let mut state = self.state();
        let place = state
            .waiting
            .iter()
            .position(|other| Arc::ptr_eq(other, &waiter));
        match place {
            Some(place) => {
                state.waiting.remove(place);
                // Those behind may have waited for this one only.
                self.admit(&mut state);
                Err(Busy::StoreDeadline)
            }
            // Admitted after the deadline: the room is taken and must not be lost.
            None => Ok(self.pass(bytes)),
        }
    }

    fn pass(&self, bytes: u64) -> Pass<'_> {
        Pass {
            turnstile: self,
            bytes,
        }
    }

    fn fits(&self, state: &State, bytes: u64) -> bool {
        state.taken == 0 || state.taken.saturating_add(bytes) <= self.room
    }

    /// Lets in those that fit, in order.
    fn admit(&self, state: &mut State) {
        while let Some(first) = state.waiting.front()
            && self.fits(state, first.bytes)
        {
            state.taken += first.bytes;
            if let Some(first) = state.waiting.pop_front() {
                first.admit();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.turnstile.state();
        state.taken -= self.bytes;
        self.turnstile.admit(&mut state);
    }
}

impl Entrant {
    fn admit(&self) {
        *unpoisoned(self.admitted.lock()) = true;
        self.woken.notify_one();
    }

    fn wait(&self, deadline: Instant) -> bool {
        let admitted = unpoisoned(self.admitted.lock());
        let left = deadline.saturating_duration_since(Instant::now());
        let (admitted, _) = unpoisoned(
            self.woken
                .wait_timeout_while(admitted, left, |admitted| !*admitted),
        );
        *admitted
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn queue(turnstile: &Turnstile) -> usize {
        turnstile.state().waiting.len()
    }

    #[test]
    fn nobody_overtakes_a_large_commit_that_waits() {
        let turnstile = Turnstile::new(100, 8, LONG);
        let inside = turnstile.enter(60).unwrap();
        let (sender, order) = mpsc::channel();
        thread::scope(|scope| {
            for (number, bytes) in [95, 10, 10].into_iter().enumerate() {
                let (turnstile, sender) = (&turnstile, sender.clone());
                scope.spawn(move || {
                    let pass = turnstile.enter(bytes).unwrap();
                    sender.send(bytes).unwrap();
                    drop(pass);
                });
                while queue(turnstile) <= number {
                    thread::yield_now();
                }
            }
            assert!(order.try_recv().is_err(), "the small ones would fit");
            drop(inside);
        });
        assert_eq!(order.try_iter().next(), Some(95));
        assert_eq!(turnstile.state().taken, 0);
    }

    #[test]
    fn a_commit_larger_than_the_room_enters_alone() {
        let turnstile = Turnstile::new(100, 0, LONG);
        let large = turnstile.enter(1000).unwrap();
        let turned_away = turnstile.enter(1).unwrap_err();
        assert_eq!(turned_away, Busy::StoreQueue { waiting: 0 });
        drop(large);
        turnstile.enter(1).unwrap();
    }

    #[test]
    fn a_commit_that_waits_too_long_is_told_and_lets_the_next_go_on() {
        let turnstile = Turnstile::new(100, 8, Duration::from_millis(50));
        let inside = turnstile.enter(50).unwrap();
        thread::scope(|scope| {
            let large = scope.spawn(|| turnstile.enter(90).map(drop));
            while queue(&turnstile) == 0 {
                thread::yield_now();
            }
            // Behind the large one, which has to give up first.
            let small = scope.spawn(|| turnstile.enter(10).map(drop));
            assert_eq!(large.join().unwrap(), Err(Busy::StoreDeadline));
            let small = small.join().unwrap();
            assert!(matches!(small, Ok(()) | Err(Busy::StoreDeadline)));
        });
        assert_eq!(queue(&turnstile), 0);
        drop(inside);
        assert_eq!(turnstile.state().taken, 0);
    }
}
