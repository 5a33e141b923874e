//! Threads that run requests: those of one object one after the other in the order they came, those of different
//! objects side by side. An object with many requests gets one turn at a time, like every other.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

type Job = Box<dyn FnOnce() + Send>;

/// A queue of jobs that run in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lane(pub(crate) u64);

/// The threads and their queues. Threads start when there is work for them, and stop when the last handle is dropped,
/// after what is queued.
#[derive(Clone)]
pub(crate) struct Lanes(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    most_threads: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    /// Lanes that have jobs or run one.
    lanes: HashMap<Lane, VecDeque<Job>>,
    /// Lanes that have jobs and run none, in the order of their turns.
    ready: VecDeque<Lane>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}

impl Lanes {
    pub(crate) fn new(most_threads: usize) -> Self {
        Self(Arc::new(Handle {
            shared: Arc::default(),
            most_threads,
        }))
    }

    /// Runs `job` after all that are in this lane.
    pub(crate) fn push(&self, lane: Lane, job: impl FnOnce() + Send + 'static) {
        let mut state = self.0.shared.state();
        if let Some(waiting) = state.lanes.get_mut(&lane) {
            waiting.push_back(Box::new(job));
            return;
        }
        state
            .lanes
            .insert(lane, VecDeque::from([Box::new(job) as Job]));
        state.ready.push_back(lane);
        if state.ready.len() > state.idle && state.threads < self.0.most_threads {
            let shared = Arc::clone(&self.0.shared);
            let thread = thread::Builder::new().name("radula-lane".to_owned());
            match thread.spawn(move || shared.work()) {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    tracing::error!("no thread to run requests: {error}");
                }
                // Those there are do it later.
                Err(_) => {}
            }
        }
        drop(state);
        self.0.shared.work.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            let Some(lane) = state.ready.pop_front() else {
                if state.is_closed {
                    return;
                }
                state.idle += 1;
                state = self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            };
            let job = state.lanes.get_mut(&lane).and_then(VecDeque::pop_front);
            drop(state);
            if let Some(job) = job
                && catch_unwind(AssertUnwindSafe(job)).is_err()
            {
                tracing::error!("a request panicked; it is not answered");
            }
            state = self.state();
            let waiting = state.lanes.get(&lane).is_some_and(|jobs| !jobs.is_empty());
            if waiting {
                state.ready.push_back(lane);
            } else {
                state.lanes.remove(&lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    const WAIT: Duration = Duration::from_secs(20);

    #[test]
    fn jobs_of_a_lane_run_in_order_and_those_of_others_beside_them() {
        let lanes = Lanes::new(2);
        let (open, gate) = mpsc::channel::<()>();
        let (done, results) = mpsc::channel();
        lanes.push(Lane(1), move || {
            let _ = gate.recv_timeout(WAIT);
        });
        for number in 0..100 {
            let done = done.clone();
            lanes.push(Lane(1), move || done.send(number).expect("it is awaited"));
        }
        lanes.push(Lane(2), {
            let done = done.clone();
            move || done.send(1_000).expect("it is awaited")
        });
        assert_eq!(results.recv_timeout(WAIT), Ok(1_000));
        open.send(()).expect("it waits");
        let order: Vec<i32> = (0..100)
            .map_while(|_| results.recv_timeout(WAIT).ok())
            .collect();
        assert!(order.into_iter().eq(0..100));
    }

    #[test]
    fn a_job_that_panics_takes_no_thread_along() {
        let lanes = Lanes::new(1);
        let (done, results) = mpsc::channel();
        lanes.push(Lane(1), || panic!("on purpose"));
        lanes.push(Lane(1), move || done.send(()).expect("it is awaited"));
        assert_eq!(results.recv_timeout(WAIT), Ok(()));
    }
}
