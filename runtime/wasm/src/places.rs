//! Who gets a place in the pool of instances.
//!
//! Calls nested in each other hold a place each, and the outer ones give theirs back last. If any call could have the last
//! place, a deep nest would take them all and wait for itself until its deadline, and everybody else with it. So the places
//! are two halves: one for the first guest on a thread, one for guests nested in it. A guest that is nested in a nested
//! one does not wait. So a guest that waits holds no place of the half it waits for, and one that holds a place goes on or ends.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use objclass::{CallError, Context, LimitKind};

/// How long a call waits before it looks again.
const WAIT: Duration = Duration::from_millis(1);

thread_local! {
    /// Places that guests on this thread hold.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// The places of one pool.
#[derive(Debug)]
pub(crate) struct Places {
    /// Free ones: for first guests, for nested guests.
    free: [AtomicU32; 2],
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
        HELD.set(HELD.get() - 1);
    }
}

impl Places {
    /// The places of a pool that has room for `calls`.
    pub(crate) fn new(calls: u32) -> Self {
        Self {
            free: [calls - calls / 2, calls / 2].map(AtomicU32::new),
        }
    }

    /// A place for a guest that begins on this thread.
    ///
    /// # Errors
    /// None became free before the deadline, or the guest is too deep in a nest to wait for one.
    pub(crate) fn take(&self, context: &mut Context<'_>) -> Result<Place<'_>, CallError> {
        let free = &self.free[usize::from(HELD.get() > 0)];
        loop {
            let taken = free.fetch_update(Ordering::Acquire, Ordering::Relaxed, |free| {
                free.checked_sub(1)
            });
            if taken.is_ok() {
                HELD.set(HELD.get() + 1);
                return Ok(Place(free));
            }
            wait(context, HELD.get())?;
        }
    }
}

/// Waits for something that other guests hold. A guest that has a place already must not be waited for by `held` of them.
fn wait(context: &mut Context<'_>, held: u32) -> Result<(), CallError> {
    if held > 1 {
        context.budget().hit(LimitKind::NestedCalls);
        return Err(context.end());
    }
    thread::sleep(WAIT);
    if context.budget().check_deadline() {
        Ok(())
    } else {
        Err(context.end())
    }
}

/// Waits until the pool has room again, for a guest that has its place: components differ in what they take.
///
/// # Errors
/// As [`Places::take`].
pub(crate) fn wait_for_room(context: &mut Context<'_>) -> Result<(), CallError> {
    wait(context, HELD.get() - 1)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use objclass::{Budget, Limits, MethodFlags, NoHost, NoObject};

    use super::*;

    fn take(places: &Places) -> Result<Place<'_>, CallError> {
        let mut object = NoObject::default();
        let mut budget = Budget::new(Limits {
            deadline_ms: 300,
            ..Limits::INSTALLED
        });
        let mut context = Context::new(
            &mut object,
            &mut budget,
            &NoHost,
            "guest",
            MethodFlags::empty(),
        );
        places.take(&mut context)
    }

    #[test]
    fn a_nest_that_takes_every_place_it_can_ends_at_once_and_others_find_one() {
        let places = Places::new(8);
        let start = Instant::now();
        let mut nest = Vec::new();
        let error = loop {
            match take(&places) {
                Ok(place) => nest.push(place),
                Err(error) => break error,
            }
        };
        assert!(start.elapsed() < Duration::from_millis(200));
        assert_eq!(error.errno(), objclass::Errno::ELOOP);
        assert_eq!(nest.len(), 5, "the first and half of eight");
        thread::scope(|scope| {
            scope.spawn(|| take(&places).map(drop).unwrap());
        });
        drop(nest);
        assert!(take(&places).is_ok());
    }

    #[test]
    fn a_first_guest_waits_for_a_place_until_its_deadline() {
        let places = Places::new(2);
        thread::scope(|scope| {
            let place = take(&places).unwrap();
            let late = scope.spawn(|| take(&places).map(drop).unwrap_err().errno());
            assert_eq!(late.join().unwrap(), objclass::Errno::ETIMEDOUT);
            let in_time = scope.spawn(|| take(&places).map(drop));
            thread::sleep(Duration::from_millis(20));
            drop(place);
            in_time.join().unwrap().unwrap();
        });
    }
}
