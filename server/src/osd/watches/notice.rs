//! A notification on its way: who was told, who answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytes::Bytes;
use radula::Errno;

use super::{
    EACH, Peer, Watched, Watcher,
    message::{self, Event},
};
use crate::wire::Writer;

/// A notification on its way.
#[derive(Debug)]
pub(super) struct Notice {
    object: Watched,
    /// Who notified, and the number it gave its notification.
    notifier: Watcher,
    peer: Peer,
    until: Instant,
    payload: Bytes,
    waiting: BTreeSet<Watcher>,
    replies: BTreeMap<Watcher, Bytes>,
}

impl Notice {
    pub(super) fn new(
        object: &Watched,
        notifier: Watcher,
        peer: &Peer,
        timeout: Duration,
        payload: Bytes,
    ) -> Self {
        Self {
            object: object.clone(),
            notifier,
            peer: peer.clone(),
            until: Instant::now() + timeout,
            payload,
            waiting: BTreeSet::new(),
            replies: BTreeMap::new(),
        }
    }

    pub(super) fn object(&self) -> &Watched {
        &self.object
    }

    pub(super) fn expect(&mut self, watcher: Watcher) {
        self.waiting.insert(watcher);
    }

    pub(super) fn tell(&self, id: u64, watcher: Watcher, to: &Peer) {
        let payload = self.payload.clone();
        let event = Event::notified(watcher.cookie, id, payload, self.notifier.client);
        message::send(to, &event);
    }

    pub(super) fn waits_for(&self, object: &Watched, watcher: Watcher) -> bool {
        self.object == *object && self.waiting.contains(&watcher)
    }

    /// Takes a watcher off that watches no more. Returns whether it was the last.
    pub(super) fn forget(&mut self, object: &Watched, watcher: Watcher) -> bool {
        self.object == *object && self.waiting.remove(&watcher) && self.is_done()
    }

    pub(super) fn answer(&mut self, object: &Watched, watcher: Watcher, reply: Bytes) {
        if self.object == *object && self.waiting.remove(&watcher) {
            self.replies.insert(watcher, reply);
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        now > self.until
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let replies: usize = self.replies.values().map(Bytes::len).sum();
        let watchers = self.waiting.len() + self.replies.len();
        self.payload.len() + replies + EACH * (1 + watchers)
    }

    /// Tells the notifier who answered what, and who did not.
    pub(super) fn complete(&self, id: u64) {
        let mut writer = Writer::new();
        writer.count(self.replies.len());
        for (watcher, reply) in &self.replies {
            writer.u64(watcher.client).u64(watcher.cookie).bytes(reply);
        }
        writer.count(self.waiting.len());
        for watcher in &self.waiting {
            writer.u64(watcher.client).u64(watcher.cookie);
        }
        let code = match self.waiting.is_empty() {
            true => 0,
            false => -Errno::ETIMEDOUT.code(),
        };
        let Watcher { client, cookie } = self.notifier;
        let event = Event::completed(cookie, id, code, client, writer.into_vec());
        message::send(&self.peer, &event);
    }
}
