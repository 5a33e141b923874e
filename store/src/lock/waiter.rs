//! Waiting for one's turn: asleep while others are before, and awake shortly before it comes.
//!
//! A thread that sleeps takes microseconds to wake up, many times what a short method runs. The one who is next is therefore
//! woken when the one before it begins, and looks for its turn itself for a while. Only the next one does: any other would
//! take a processor from those who work.

use std::{
    hint,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// How long the next one looks before it sleeps again: more than a short method and a wake-up take, less than a sync.
const LOOK: Duration = Duration::from_micros(10);

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
        loop {
            if self.is_near.swap(false, Ordering::Acquire) {
                self.look();
            }
            // A wake-up that came before this leaves a token: `park` then returns at once.
            if self.is_granted.load(Ordering::Acquire) {
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

    fn look(&self) {
        let started = Instant::now();
        while !self.is_granted.load(Ordering::Acquire) && started.elapsed() < LOOK {
            hint::spin_loop();
        }
    }
}

fn can_look() -> bool {
    static CAN_LOOK: OnceLock<bool> = OnceLock::new();
    *CAN_LOOK.get_or_init(|| {
        thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
    })
}
