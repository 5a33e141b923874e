//! The clock of running guests: one thread for the process, asleep while no guest runs.
//!
//! Compiled code compares a counter at loops and calls; this thread moves it. Every tick a running call looks at its own
//! deadline, so one tick serves calls with any.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use wasmtime::Engine;

/// Time between two ticks: how late a deadline may be noticed, beside the longest run without a loop or a call.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Ticks without a guest after which the thread goes to sleep.
const IDLE_TICKS: u32 = 200;

static ENGINES: Mutex<Vec<Engine>> = Mutex::new(Vec::new());
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();
static ACTIVE: AtomicUsize = AtomicUsize::new(0);
static ASLEEP: AtomicBool = AtomicBool::new(false);

/// Has the counter of `engine` moved from now on.
pub(crate) fn tick(engine: &Engine) {
    ENGINES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(engine.clone());
}

/// A guest is running.
#[derive(Debug)]
pub(crate) struct Active(());

impl Active {
    /// Has the counters move while the value lives. `None` when the system gives no thread: then no guest may run, because
    /// nothing would end it.
    pub(crate) fn enter() -> Option<Active> {
        let thread = THREAD
            .get_or_init(|| {
                thread::Builder::new()
                    .name("radula-wasm-tick".to_owned())
                    .spawn(run)
                    .map(|handle| handle.thread().clone())
                    .ok()
            })
            .as_ref()?;
        // Sequentially consistent like their counterparts below: either this sees the sleeper, or it sees this.
        ACTIVE.fetch_add(1, Ordering::SeqCst);
        if ASLEEP.load(Ordering::SeqCst) {
            thread.unpark();
        }
        Some(Active(()))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

fn run() {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        for engine in &*ENGINES.lock().unwrap_or_else(PoisonError::into_inner) {
            engine.increment_epoch();
        }
        idle = if ACTIVE.load(Ordering::SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle >= IDLE_TICKS {
            ASLEEP.store(true, Ordering::SeqCst);
            while ACTIVE.load(Ordering::SeqCst) == 0 {
                thread::park();
            }
            ASLEEP.store(false, Ordering::SeqCst);
            idle = 0;
        }
    }
}
