//! One writer per object, in arrival order.

mod waiter;

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard},
};

use hashbrown::hash_table::{Entry, HashTable};
use objclass::ObjectId;

use self::waiter::Waiter;
use crate::{Busy, Wait, unpoisoned::unpoisoned};

/// Independent maps, so that writers of different objects rarely meet.
const SHARDS: usize = 64;

/// The locks of a store. An object that nobody writes takes no memory here.
#[derive(Debug)]
pub(crate) struct Locks {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

/// The objects that have a writer. The table is told the hash that found the shard: a name is hashed once for each lock.
type Shard = HashTable<Queue>;

/// An object that has a writer, and those who wait for it, first come first.
#[derive(Debug)]
struct Queue {
    id: Arc<ObjectId>,
    hash: u64,
    waiters: VecDeque<Arc<Waiter>>,
}

/// The right to write one object of one store, given up when dropped.
#[derive(Debug)]
pub(crate) struct ObjectLock<'l> {
    id: Arc<ObjectId>,
    hash: u64,
    locks: &'l Locks,
}

impl ObjectLock<'_> {
    /// The object it is for.
    pub(crate) fn object(&self) -> &ObjectId {
        &self.id
    }
}

impl Drop for ObjectLock<'_> {
    fn drop(&mut self) {
        let mut shard = self.locks.shard(self.hash);
        let Ok(mut queue) = shard.find_entry(self.hash, is_for(&self.id)) else {
            return;
        };
        let waiters = &mut queue.get_mut().waiters;
        // Handed over directly: whoever arrives between now and the wake-up finds the object taken.
        let Some(next) = waiters.pop_front() else {
            queue.remove();
            return;
        };
        let after = waiters.front().cloned();
        drop(shard);
        next.grant();
        if let Some(after) = after {
            after.come_near();
        }
    }
}

impl Locks {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }

    /// Waits for the object as `wait` says.
    pub(crate) fn lock(&self, id: &ObjectId, wait: Wait) -> Result<ObjectLock<'_>, Busy> {
        let hash = self.hasher.hash_one(id);
        let lock = |id| {
            Ok(ObjectLock {
                id,
                hash,
                locks: self,
            })
        };
        let (id, waiter) = match self.shard(hash).entry(hash, is_for(id), |queue| queue.hash) {
            Entry::Vacant(free) => {
                let id = Arc::new(id.clone());
                free.insert(Queue {
                    id: Arc::clone(&id),
                    hash,
                    waiters: VecDeque::new(),
                });
                return lock(id);
            }
            Entry::Occupied(mut taken) => {
                let queue = taken.get_mut();
                let waiting = queue.waiters.len();
                if waiting >= wait.longest_queue {
                    return Err(Busy::ObjectQueue { waiting });
                }
                let waiter = Arc::new(Waiter::new(waiting == 0));
                queue.waiters.push_back(Arc::clone(&waiter));
                (Arc::clone(&queue.id), waiter)
            }
        };
        // Without a deadline it comes.
        if waiter.wait(wait.deadline) {
            return lock(id);
        }
        let mut shard = self.shard(hash);
        let Some(queue) = shard.find_mut(hash, is_for(&id)) else {
            return Err(Busy::ObjectDeadline);
        };
        let is_ours = |other: &Arc<Waiter>| Arc::ptr_eq(other, &waiter);
        match queue.waiters.iter().position(is_ours) {
            Some(place) => {
                queue.waiters.remove(place);
                Err(Busy::ObjectDeadline)
            }
            // The grant came after the deadline: it is ours and must not be lost.
            None => lock(Arc::clone(&id)),
        }
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        // Not the bits the table goes by.
        let index = ((hash >> 32) % SHARDS as u64) as usize;
        unpoisoned(self.shards[index].lock())
    }
}

/// Whether a queue is the one for `id`.
fn is_for(id: &ObjectId) -> impl Fn(&Queue) -> bool {
    move |queue| *queue.id == *id
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    fn id(oid: &str) -> ObjectId {
        ObjectId {
            pool: "pool".into(),
            namespace: String::new(),
            oid: oid.into(),
        }
    }

    fn waiting(locks: &Locks, id: &ObjectId) -> usize {
        let hash = locks.hasher.hash_one(id);
        let shard = locks.shard(hash);
        shard
            .find(hash, is_for(id))
            .map_or(0, |queue| queue.waiters.len())
    }

    fn objects(locks: &Locks) -> usize {
        let sizes = locks.shards.iter();
        sizes.map(|shard| unpoisoned(shard.lock()).len()).sum()
    }

    #[test]
    fn writers_of_one_object_run_in_arrival_order() {
        let locks = Arc::new(Locks::new());
        let first = locks.lock(&id("a"), Wait::FOREVER).unwrap();
        let (sender, order) = mpsc::channel();
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (mine, sender) = (Arc::clone(&locks), sender.clone());
                let thread = thread::spawn(move || {
                    let _lock = mine.lock(&id("a"), Wait::FOREVER);
                    sender.send(number).unwrap();
                });
                while waiting(&locks, &id("a")) <= number {
                    thread::yield_now();
                }
                thread
            })
            .collect();
        assert!(order.try_recv().is_err(), "nobody runs beside the first");
        drop(first);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(
            order.try_iter().collect::<Vec<_>>(),
            (0..8).collect::<Vec<_>>()
        );
        assert_eq!(objects(&locks), 0);
    }

    #[test]
    fn a_full_queue_turns_writers_away_at_once_and_keeps_those_who_wait() {
        let locks = Locks::new();
        let held = locks.lock(&id("a"), Wait::FOREVER).unwrap();
        let late = Instant::now() + Duration::from_secs(60);
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                locks
                    .lock(&id("a"), Wait::until(late).unless_waiting(1))
                    .is_ok()
            });
            while waiting(&locks, &id("a")) == 0 {
                thread::yield_now();
            }
            let full = locks
                .lock(&id("a"), Wait::until(late).unless_waiting(1))
                .unwrap_err();
            assert_eq!(full, Busy::ObjectQueue { waiting: 1 });
            assert!(
                locks
                    .lock(&id("b"), Wait::until(late).unless_waiting(0))
                    .is_ok(),
                "free is free"
            );
            drop(held);
            assert!(waits.join().unwrap());
        });
        let held = locks.lock(&id("a"), Wait::FOREVER).unwrap();
        let soon = Instant::now() + Duration::from_millis(5);
        let late = locks
            .lock(&id("a"), Wait::until(soon).unless_waiting(1))
            .unwrap_err();
        assert_eq!(late, Busy::ObjectDeadline);
        drop(held);
        assert_eq!(objects(&locks), 0);
    }

    #[test]
    fn idle_objects_take_no_memory() {
        let locks = Locks::new();
        for number in 0..1000 {
            drop(locks.lock(&id(&number.to_string()), Wait::FOREVER).unwrap());
        }
        assert_eq!(objects(&locks), 0);
    }

    #[test]
    fn a_writer_that_gives_up_leaves_the_queue() {
        let locks = Locks::new();
        let held = locks.lock(&id("a"), Wait::FOREVER).unwrap();
        let soon = Instant::now() + Duration::from_millis(5);
        assert!(locks.lock(&id("a"), Wait::until(soon)).is_err());
        assert_eq!(waiting(&locks, &id("a")), 0);
        assert!(locks.lock(&id("b"), Wait::until(soon)).is_ok());
        drop(held);
        assert!(
            locks.lock(&id("a"), Wait::until(soon)).is_ok(),
            "free is free, however late"
        );
    }
}
