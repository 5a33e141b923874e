//! Bounds how long a buffered commit is only in the operating system's memory.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::unpoisoned::unpoisoned;

/// A thread that makes buffered commits stable some time after the first of them. It runs once there was one.
#[derive(Debug)]
pub(super) struct Syncer {
    after: Duration,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Something is not stable yet and the thread knows.
    noted: AtomicBool,
    stop: Mutex<bool>,
    woken: Condvar,
}

impl Syncer {
    pub(super) fn new(after: Duration) -> Self {
        Self {
            after,
            shared: Arc::default(),
            thread: Mutex::default(),
        }
    }

    /// Notes that a commit was acknowledged without being stable; `sync` makes it so, in the thread.
    pub(super) fn note(&self, sync: impl Fn() + Send + 'static) {
        if self.shared.noted.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut thread = unpoisoned(self.thread.lock());
        match &*thread {
            // Under its lock, or the thread could miss the call between its look and its sleep.
            Some(_) => {
                let _stop = self.shared.stop.lock();
                self.shared.woken.notify_one();
            }
            None => {
                let (shared, after) = (Arc::clone(&self.shared), self.after);
                *thread = Some(thread::spawn(move || shared.run(after, sync)));
            }
        }
    }

    /// Ends the thread. What it has not made stable yet is the caller's.
    pub(super) fn stop(&self) {
        let thread = unpoisoned(self.thread.lock()).take();
        if let Some(thread) = thread {
            *unpoisoned(self.shared.stop.lock()) = true;
            self.shared.woken.notify_one();
            // It ends well or by a panic of the engine, which has poisoned the store by then.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn run(&self, after: Duration, sync: impl Fn()) {
        let mut stop = unpoisoned(self.stop.lock());
        loop {
            let idle = |stop: &mut bool| !*stop && !self.noted.load(Ordering::Acquire);
            stop = unpoisoned(self.woken.wait_while(stop, idle));
            stop = unpoisoned(self.woken.wait_timeout_while(stop, after, |stop| !*stop)).0;
            if *stop {
                return;
            }
            drop(stop);
            // Before the sync: a commit that comes during it may miss it and is noted anew.
            self.noted.store(false, Ordering::Release);
            sync();
            stop = unpoisoned(self.stop.lock());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn each_burst_of_notes_is_synced_once_and_the_last_one_too() {
        let syncer = Syncer::new(Duration::from_millis(20));
        let (sender, synced) = mpsc::channel();
        for _ in 0..3 {
            for _ in 0..10 {
                let sender = sender.clone();
                syncer.note(move || sender.send(()).unwrap());
            }
            synced.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        syncer.stop();
        assert!(synced.try_iter().count() <= 1);
    }

    #[test]
    fn an_idle_syncer_has_no_thread_and_stops_without_waiting() {
        let syncer = Syncer::new(Duration::from_secs(3600));
        syncer.stop();
        assert!(syncer.thread.lock().unwrap().is_none());
        syncer.note(|| {});
        syncer.stop();
    }
}
