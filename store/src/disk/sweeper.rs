//! The thread that removes garbage.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{engine::Fjall, garbage::Sweep, group::Group};
use crate::unpoisoned::unpoisoned;

/// How many times as long as a piece took the thread sleeps after it: others have the disk and the processor meanwhile.
const REST: u32 = 4;

/// See the module. The thread runs once there was garbage, and sleeps while there is none.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// There may be garbage the thread has not seen.
    woken: AtomicBool,
    stop: Mutex<bool>,
    changed: Condvar,
}

impl Sweeper {
    /// Lets the thread know that there is garbage in the tables of `group`.
    pub(super) fn wake(&self, group: &Arc<Group<Fjall>>) {
        if self.shared.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut thread = unpoisoned(self.thread.lock());
        match &*thread {
            // Under its lock, or the thread could miss the call between its look and its sleep.
            Some(_) => {
                let _stop = self.shared.stop.lock();
                self.shared.changed.notify_one();
            }
            None => {
                let (shared, group) = (Arc::clone(&self.shared), Arc::clone(group));
                *thread = Some(thread::spawn(move || shared.run(&group)));
            }
        }
    }

    /// Ends the thread. Its work goes on when the store is opened again.
    pub(super) fn stop(&self) {
        *unpoisoned(self.shared.stop.lock()) = true;
        self.shared.changed.notify_one();
        let thread = unpoisoned(self.thread.lock()).take();
        if let Some(thread) = thread {
            // It ends well or by a panic of the engine, which has poisoned the store by then.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn run(&self, group: &Group<Fjall>) {
        let mut sweep = Sweep::default();
        loop {
            // Before the look: garbage that comes during it is looked for again.
            self.woken.store(false, Ordering::Release);
            while !self.rest(Duration::ZERO) {
                let started = Instant::now();
                let tables = &group.engine().tables;
                // What cannot be read stays, and is found by a check; a store that cannot write says so to its writers.
                let Ok(Some(piece)) = sweep.piece(tables) else {
                    break;
                };
                let bytes = piece.bytes;
                if group.commit((0, piece), bytes, false).is_err() {
                    break;
                }
                if self.rest(started.elapsed() * REST) {
                    return;
                }
            }
            let mut stop = unpoisoned(self.stop.lock());
            let idle = |stop: &mut bool| !*stop && !self.woken.load(Ordering::Acquire);
            stop = unpoisoned(self.changed.wait_while(stop, idle));
            if *stop {
                return;
            }
        }
    }

    /// Sleeps. Returns whether the thread is to end.
    fn rest(&self, time: Duration) -> bool {
        let stop = unpoisoned(self.stop.lock());
        *unpoisoned(self.changed.wait_timeout_while(stop, time, |stop| !*stop)).0
    }
}
