//! Instances of scripts seen before, by digest. Bounded: the scripts are the clients'.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use objclass::Digest;

use crate::{instance::Instance, keeper::Idle, pool::IDLE};

/// Most instances kept.
const MAX_INSTANCES: usize = 64;

/// Most memory they may occupy, in bytes.
const MAX_BYTES: usize = 32 << 20;

/// See the module. A call takes an instance out, so two calls never share one.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    scripts: HashMap<Digest, Vec<Resting>>,
    instances: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Resting {
    instance: Instance,
    since: Instant,
}

impl Cache {
    /// An idle instance of the script that can hold `memory` bytes.
    pub(super) fn take(&self, digest: &Digest, memory: u64) -> Option<Instance> {
        let mut entries = self.lock();
        let instance = entries.remove(digest)?;
        instance.can_hold(memory).then_some(instance)
    }

    /// Takes an instance back after a call. Those unused for longest make room.
    pub(super) fn put(&self, digest: Digest, mut instance: Instance) {
        instance.trim();
        let mut entries = self.lock();
        entries.instances += 1;
        entries.bytes += instance.footprint();
        let since = Instant::now();
        entries
            .scripts
            .entry(digest)
            .or_default()
            .push(Resting { instance, since });
        while entries.instances > MAX_INSTANCES || entries.bytes > MAX_BYTES {
            // The first of each list waits longest there.
            let oldest = entries
                .scripts
                .iter()
                .filter_map(|(digest, resting)| Some((resting.first()?.since, *digest)))
                .min_by_key(|&(since, _)| since);
            match oldest {
                Some((_, digest)) => entries.remove_first(&digest),
                None => return,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Counts and lists change together while the lock is held and nothing in between can panic.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle for Cache {
    fn sweep(&self, now: Instant) {
        let mut entries = self.lock();
        let digests: Vec<Digest> = entries.scripts.keys().copied().collect();
        for digest in digests {
            while entries.scripts.get(&digest).is_some_and(|resting| {
                resting
                    .first()
                    .is_some_and(|first| now.saturating_duration_since(first.since) >= IDLE)
            }) {
                entries.remove_first(&digest);
            }
        }
    }
}

impl Entries {
    /// Takes the instance used last.
    fn remove(&mut self, digest: &Digest) -> Option<Instance> {
        let resting = self.scripts.get_mut(digest)?;
        let last = resting.pop();
        self.settle(digest, last)
    }

    fn remove_first(&mut self, digest: &Digest) {
        if let Some(resting) = self.scripts.get_mut(digest)
            && !resting.is_empty()
        {
            let first = resting.remove(0);
            self.settle(digest, Some(first));
        }
    }

    fn settle(&mut self, digest: &Digest, removed: Option<Resting>) -> Option<Instance> {
        if self.scripts.get(digest).is_some_and(Vec::is_empty) {
            self.scripts.remove(digest);
        }
        let instance = removed?.instance;
        self.instances -= 1;
        self.bytes -= instance.footprint();
        Some(instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::tests::tiny;

    fn digest(n: usize) -> Digest {
        Digest(*blake3::hash(&n.to_le_bytes()).as_bytes())
    }

    #[test]
    fn the_scripts_unused_for_longest_make_room() {
        let cache = Cache::default();
        for n in 0..MAX_INSTANCES {
            cache.put(digest(n), tiny());
        }
        // The first is used again, so the second is the oldest.
        let first = cache.take(&digest(0), 0).unwrap();
        cache.put(digest(0), first);
        cache.put(digest(MAX_INSTANCES), tiny());
        assert_eq!(cache.lock().instances, MAX_INSTANCES);
        assert!(cache.take(&digest(0), 0).is_some());
        assert!(cache.take(&digest(1), 0).is_none());
        assert!(cache.take(&digest(2), 0).is_some());
    }

    #[test]
    fn counts_return_to_zero() {
        let cache = Cache::default();
        for n in 0..10 {
            cache.put(digest(n % 3), tiny());
        }
        while let Some(digest) = {
            let entries = cache.lock();
            entries.scripts.keys().next().copied()
        } {
            assert!(cache.take(&digest, 0).is_some());
        }
        let entries = cache.lock();
        assert_eq!((entries.instances, entries.bytes), (0, 0));
    }

    #[test]
    fn a_script_nobody_sends_for_a_minute_is_forgotten() {
        let cache = Cache::default();
        cache.put(digest(1), tiny());
        cache.sweep(Instant::now());
        assert_eq!(cache.lock().instances, 1);
        cache.sweep(Instant::now() + IDLE);
        assert_eq!(cache.lock().instances, 0);
    }
}
