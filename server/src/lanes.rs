//! Threads that run requests: those of one object one after the other in the order they came, those of different
//! objects side by side. Clients take turns, and within a client its objects. One client never has all threads: it may
//! have as many as are left for the others, so that slow calls delay those who made them.

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

/// Who has a job done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Party(pub(crate) u64);

/// The threads and their queues. Threads start when there is work for them, and stop when the last handle is dropped,
/// after what is queued.
#[derive(Clone)]
pub(crate) struct Lanes(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    most_threads: usize,
}

#[derive(Default)]
struct State {
    /// Lanes that have jobs or run one.
    lanes: HashMap<Lane, VecDeque<(Party, Job)>>,
    /// Who has jobs that run or could.
    parties: HashMap<Party, Jobs>,
    /// Who has lanes that are ready, in the order of their turns.
    turns: VecDeque<Party>,
    /// Lanes that are ready, of all parties.
    ready: usize,
    /// Jobs that run.
    running: usize,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

/// Those of one party.
#[derive(Default)]
struct Jobs {
    running: usize,
    /// Lanes that run nothing and whose next job is this party's.
    ready: VecDeque<Lane>,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}

impl Lanes {
    pub(crate) fn new(most_threads: usize) -> Self {
        Self(Arc::new(Handle {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                work: Condvar::new(),
                most_threads,
            }),
        }))
    }

    /// Runs `job` for `party` after all that are in this lane.
    pub(crate) fn push(&self, lane: Lane, party: Party, job: impl FnOnce() + Send + 'static) {
        let shared = &self.0.shared;
        let mut state = shared.state();
        if let Some(waiting) = state.lanes.get_mut(&lane) {
            waiting.push_back((party, Box::new(job)));
            return;
        }
        let jobs = VecDeque::from([(party, Box::new(job) as Job)]);
        state.lanes.insert(lane, jobs);
        state.make_ready(lane, party);
        if state.ready > state.idle && shared.may_run(&state, party) {
            shared.start_thread(&mut state);
        }
        drop(state);
        shared.work.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.work.notify_all();
    }
}

impl State {
    fn make_ready(&mut self, lane: Lane, party: Party) {
        let jobs = self.parties.entry(party).or_default();
        if jobs.ready.is_empty() {
            self.turns.push_back(party);
        }
        jobs.ready.push_back(lane);
        self.ready += 1;
    }

    /// Takes the next job of a party whose turn it is; the party goes to the end of the turns.
    fn take(&mut self, party: Party) -> Option<(Lane, Job)> {
        let jobs = self.parties.get_mut(&party)?;
        let lane = jobs.ready.pop_front()?;
        let (_, job) = self.lanes.get_mut(&lane)?.pop_front()?;
        jobs.running += 1;
        self.running += 1;
        self.ready -= 1;
        if !jobs.ready.is_empty() {
            self.turns.push_back(party);
        }
        Some((lane, job))
    }

    /// Notes that the job of this lane has run.
    fn finish(&mut self, lane: Lane, party: Party) {
        self.running -= 1;
        if let Some(jobs) = self.parties.get_mut(&party) {
            jobs.running -= 1;
            if jobs.running == 0 && jobs.ready.is_empty() {
                self.parties.remove(&party);
            }
        }
        match self.lanes.get(&lane).and_then(VecDeque::front) {
            Some((next, _)) => {
                let next = *next;
                self.make_ready(lane, next);
            }
            None => {
                self.lanes.remove(&lane);
            }
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this party may have one more thread: it has fewer than are left.
    fn may_run(&self, state: &State, party: Party) -> bool {
        let running = state.parties.get(&party).map_or(0, |jobs| jobs.running);
        running < self.most_threads - state.running
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) {
        if state.threads == self.most_threads {
            return;
        }
        let shared = Arc::clone(self);
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

    /// The next job of those whose turn it is and who may have one more thread.
    fn next(&self, state: &mut State) -> Option<(Lane, Party, Job)> {
        for _ in 0..state.turns.len() {
            let party = state.turns.pop_front()?;
            if !self.may_run(state, party) {
                state.turns.push_back(party);
            } else if let Some((lane, job)) = state.take(party) {
                return Some((lane, party, job));
            }
        }
        None
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            let Some((lane, party, job)) = self.next(&mut state) else {
                // What is ready still waits for a thread of its party, which then runs it.
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
            drop(state);
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a request panicked; it is not answered");
            }
            state = self.state();
            state.finish(lane, party);
        }
    }
}

#[cfg(test)]
mod tests;
