//! Group commit: writers of different objects share one write and one sync.
//!
//! A writer that finds no leader leads: it takes the commits that wait, applies them as one batch, tells everyone how it went,
//! and hands the lead to the first of those who came meanwhile. Nobody leads twice in a row while others wait.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{CommitError, unpoisoned::unpoisoned};

/// A batch takes no more once it holds this many bytes, so that a burst of large writes does not make everyone wait
/// for all of it. One larger commit still goes, alone.
const BATCH_BYTES: usize = 8 << 20;

/// Longest time a leader waits for writers who are likely to come.
const LONGEST_PATIENCE: Duration = Duration::from_millis(1);
/// Shorter waits are not worth the going to sleep.
const SHORTEST_PATIENCE: Duration = Duration::from_micros(20);

/// What commits a batch.
pub(super) trait AppliesBatch: Send + Sync {
    /// What one writer wants applied.
    type Rows: Send;

    /// Applies the rows of all writers as one, stable when `sync` is set; no rows and `sync` makes stable what was
    /// applied before.
    fn commit(&self, batch: Vec<Self::Rows>, sync: bool) -> Result<(), Failure>;
}

/// Why a batch was not committed. Nobody knows whether it was.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The queue in front of an engine.
#[derive(Debug)]
pub(super) struct Group<E: AppliesBatch> {
    engine: E,
    /// Bytes that may be committed without a sync.
    buffered_bytes: u64,
    queue: Mutex<Queue<E::Rows>>,
    /// As many wait as the leader hoped for.
    gathered: Condvar,
}

#[derive(Debug)]
struct Queue<R> {
    waiting: VecDeque<Request<R>>,
    /// Someone is committing, or was told to.
    led: bool,
    /// How many writers were there when the last batch ended: in it, or waiting.
    expected: usize,
    /// How long the last batch took.
    took: Duration,
    /// Bytes committed since the last sync.
    buffered: u64,
    /// Why nothing is accepted any more.
    poisoned: Option<String>,
}

#[derive(Debug)]
struct Request<R> {
    rows: R,
    bytes: usize,
    sync: bool,
    seat: Arc<Seat>,
}

/// Where one writer waits.
#[derive(Debug, Default)]
struct Seat {
    state: Mutex<SeatState>,
    woken: Condvar,
}

#[derive(Debug, Default)]
enum SeatState {
    #[default]
    Waiting,
    Lead,
    Done(Result<(), CommitError>),
}

impl Seat {
    fn set(&self, state: SeatState) {
        *unpoisoned(self.state.lock()) = state;
        self.woken.notify_one();
    }

    /// Waits until there is something to do: `None` to lead, or the outcome.
    fn wait(&self) -> Option<Result<(), CommitError>> {
        let mut state = unpoisoned(self.state.lock());
        loop {
            match std::mem::take(&mut *state) {
                SeatState::Waiting => state = unpoisoned(self.woken.wait(state)),
                SeatState::Lead => return None,
                SeatState::Done(outcome) => return Some(outcome),
            }
        }
    }
}

impl<E: AppliesBatch> Group<E> {
    /// A queue whose batches are stable at the latest after `buffered_bytes`.
    pub(super) fn new(engine: E, buffered_bytes: u64) -> Self {
        Self {
            engine,
            buffered_bytes,
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                led: false,
                expected: 0,
                took: Duration::ZERO,
                buffered: 0,
                poisoned: None,
            }),
            gathered: Condvar::new(),
        }
    }

    /// Bytes committed since the last sync began.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> u64 {
        self.queue().buffered
    }

    pub(super) fn engine(&self) -> &E {
        &self.engine
    }

    /// Commits `rows`, about `bytes` large, together with whatever others commit now.
    pub(super) fn commit(
        &self,
        rows: E::Rows,
        bytes: usize,
        sync: bool,
    ) -> Result<(), CommitError> {
        let seat = Arc::new(Seat::default());
        let lead = {
            let mut queue = self.queue();
            if let Some(reason) = &queue.poisoned {
                return Err(CommitError::Poisoned {
                    reason: reason.clone(),
                });
            }
            queue.waiting.push_back(Request {
                rows,
                bytes,
                sync,
                seat: Arc::clone(&seat),
            });
            if queue.waiting.len() == queue.expected {
                self.gathered.notify_one();
            }
            !std::mem::replace(&mut queue.led, true)
        };
        if !lead && let Some(outcome) = seat.wait() {
            return outcome;
        }
        self.lead();
        seat.wait().unwrap_or_else(|| {
            // The leader is the first in line, so its own rows are in its own batch.
            unreachable!("a leader is told the outcome of its own batch")
        })
    }

    /// Commits one batch and passes the lead on.
    fn lead(&self) {
        let (batch, seats, sync) = self.take();
        let mut turn = Turn {
            group: self,
            seats,
            started: Instant::now(),
            outcome: Err(Failure {
                reason: "the commit panicked".to_owned(),
                source: None,
            }),
        };
        turn.outcome = self.engine.commit(batch, sync);
    }

    fn take(&self) -> (Vec<E::Rows>, Vec<Arc<Seat>>, bool) {
        let mut queue = self.queue();
        if let Some(patience) = patience(queue.waiting.len(), queue.expected, queue.took) {
            let hoping = |queue: &mut Queue<E::Rows>| queue.waiting.len() < queue.expected;
            let waited = self.gathered.wait_timeout_while(queue, patience, hoping);
            queue = unpoisoned(waited).0;
        }
        let (mut batch, mut seats) = (Vec::new(), Vec::new());
        let (mut bytes, mut sync) = (0_usize, false);
        while bytes < BATCH_BYTES
            && let Some(request) = queue.waiting.pop_front()
        {
            bytes = bytes.saturating_add(request.bytes);
            sync |= request.sync;
            batch.push(request.rows);
            seats.push(request.seat);
        }
        // Whoever fills the measure pays for all: that holds writers back to what the disk takes.
        let buffered = queue.buffered.saturating_add(bytes as u64);
        sync |= bytes > 0 && buffered >= self.buffered_bytes;
        queue.buffered = if sync { 0 } else { buffered };
        (batch, seats, sync)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<E::Rows>> {
        unpoisoned(self.queue.lock())
    }
}

/// How long a leader waits for others, if at all. Writers of the last batch are back within a moment; a commit that
/// leaves without them makes them wait for the next. A quarter of what a batch takes buys up to twice the writers in
/// one. A single writer never waits.
fn patience(waiting: usize, expected: usize, took: Duration) -> Option<Duration> {
    let patience = (took / 4).min(LONGEST_PATIENCE);
    (waiting < expected && patience >= SHORTEST_PATIENCE).then_some(patience)
}

/// One batch in flight. Dropped when it is over, also by a panic: nobody is left waiting.
struct Turn<'a, E: AppliesBatch> {
    group: &'a Group<E>,
    seats: Vec<Arc<Seat>>,
    started: Instant,
    outcome: Result<(), Failure>,
}

impl<E: AppliesBatch> Drop for Turn<'_, E> {
    fn drop(&mut self) {
        let failed = match &self.outcome {
            Ok(()) => None,
            Err(failure) => Some(failure.reason.clone()),
        };
        // The flag is set before anyone is told: who hears of the failure finds the store closed.
        let refused = {
            let mut queue = self.group.queue();
            queue.poisoned = failed.clone();
            queue.took = self.started.elapsed();
            queue.expected = self.seats.len() + queue.waiting.len();
            let refused = if failed.is_some() {
                std::mem::take(&mut queue.waiting)
            } else {
                VecDeque::new()
            };
            match queue.waiting.front() {
                Some(next) => next.seat.set(SeatState::Lead),
                None => queue.led = false,
            }
            refused
        };
        let mut source = match &mut self.outcome {
            Ok(()) => None,
            Err(failure) => failure.source.take(),
        };
        for seat in &self.seats {
            seat.set(SeatState::Done(match &failed {
                None => Ok(()),
                Some(reason) => Err(CommitError::Failed {
                    reason: reason.clone(),
                    source: source.take(),
                }),
            }));
        }
        for request in refused {
            let reason = failed.clone().unwrap_or_default();
            request
                .seat
                .set(SeatState::Done(Err(CommitError::Poisoned { reason })));
        }
    }
}

#[cfg(test)]
mod tests;
