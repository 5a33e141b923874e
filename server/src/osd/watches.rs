//! Watchers of objects, and what they are told.
//!
//! A watch lives as long as its client pings, whatever becomes of the connection; it is lost with the server, which
//! clients notice and make it anew. All of it is in memory and bounded: by the number of watches, and by the bytes of
//! notifications that wait for answers.

mod message;
mod notice;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::{sync::Notify, time::sleep};

use crate::{
    link::{Outbox, Room},
    shared::Shared,
    wire::{Address, Writer},
};

use message::Event;
use notice::Notice;

/// Most watches of a server.
const MOST_WATCHES: usize = 1 << 16;
/// Most bytes of notifications and answers to them that wait for others.
const MOST_BYTES: usize = 64 << 20;
/// What a notification takes beside its bytes, for each watcher.
const EACH: usize = 128;
/// How often it is looked whether something timed out, while there is something.
const TICK: Duration = Duration::from_millis(200);

/// An object that is watched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Watched {
    pub(crate) pool: u64,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// A client and the number it gave its watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Watcher {
    pub(crate) client: u64,
    pub(crate) cookie: u64,
}

/// The connection over which a client is told.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) client: u64,
    pub(crate) address: Address,
    pub(crate) connection: u64,
    pub(crate) outbox: Outbox,
    pub(crate) room: Room,
}

/// What a request does to watches once it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Watch {
        cookie: u64,
        timeout: Duration,
        /// It lives as long as its client says so; an old one as long as its connection.
        pings: bool,
    },
    Ping {
        cookie: u64,
    },
    Unwatch {
        cookie: u64,
    },
    Notify {
        id: u64,
        cookie: u64,
        timeout: Duration,
        payload: Bytes,
    },
    Acknowledge {
        id: u64,
        cookie: u64,
        reply: Bytes,
    },
    /// The object is gone.
    Remove,
}

#[derive(Debug)]
struct Watch {
    peer: Peer,
    timeout: Duration,
    pings: bool,
    /// Since when it counts as unheard of; never for an old one whose connection is there.
    silent_since: Option<Instant>,
}

#[derive(Debug, Default)]
struct State {
    objects: HashMap<Watched, BTreeMap<Watcher, Watch>>,
    watches: usize,
    notices: BTreeMap<u64, Notice>,
    bytes: usize,
}

/// All watches of a server.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    state: Mutex<State>,
    /// Something is there that may time out.
    busy: Notify,
    last_notice: AtomicU64,
}

impl Watches {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a notification that no other had in this epoch of the cluster.
    pub(super) fn new_notice(&self, epoch: u32) -> u64 {
        let count = self.last_notice.fetch_add(1, Ordering::Relaxed) + 1;
        u64::from(epoch) << 32 | count & u64::from(u32::MAX)
    }

    pub(super) fn is_known(&self, object: &Watched, watcher: Watcher) -> bool {
        let state = self.state();
        let of_object = state.objects.get(object);
        of_object.is_some_and(|watches| watches.contains_key(&watcher))
    }

    /// Whether one more watch, or this much more that waits, fits.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let state = self.state();
        state.watches < MOST_WATCHES && state.bytes.saturating_add(bytes) <= MOST_BYTES
    }

    /// Who watches an object, as clients read it.
    pub(super) fn list(&self, object: &Watched) -> Bytes {
        let state = self.state();
        let nobody = BTreeMap::new();
        let watches = state.objects.get(object).unwrap_or(&nobody);
        let mut writer = Writer::new();
        writer.block(1, 1, |writer| {
            writer.count(watches.len());
            for (watcher, watch) in watches {
                writer.block(2, 1, |writer| {
                    message::write_client(writer, watcher.client);
                    let seconds = u32::try_from(watch.timeout.as_secs()).unwrap_or(u32::MAX);
                    writer.u64(watcher.cookie).u32(seconds);
                    watch.peer.address.write(writer);
                });
            }
        });
        writer.into_vec().into()
    }

    /// Does what a request brought about. Its answer is on its way.
    pub(super) fn apply(&self, object: &Watched, peer: &Peer, effect: Effect) {
        let mut state = self.state();
        let watcher = |cookie| Watcher {
            client: peer.client,
            cookie,
        };
        match effect {
            Effect::Watch {
                cookie,
                timeout,
                pings,
            } => {
                let watch = Watch {
                    peer: peer.clone(),
                    timeout,
                    pings,
                    silent_since: pings.then(Instant::now),
                };
                state.watch(object, watcher(cookie), watch);
                self.busy.notify_one();
            }
            Effect::Ping { cookie } => state.ping(object, watcher(cookie), peer),
            Effect::Unwatch { cookie } => state.remove(object, watcher(cookie), false),
            Effect::Notify {
                id,
                cookie,
                timeout,
                payload,
            } => {
                let notice = Notice::new(object, watcher(cookie), peer, timeout, payload);
                state.notify(id, notice);
                self.busy.notify_one();
            }
            Effect::Acknowledge { id, cookie, reply } => {
                state.acknowledge(id, object, watcher(cookie), reply);
            }
            Effect::Remove => {
                let watchers = state.objects.get(object).map(|found| found.keys().copied());
                let watchers: Vec<Watcher> = watchers.into_iter().flatten().collect();
                for watcher in watchers {
                    state.remove(object, watcher, true);
                }
            }
        }
    }

    /// Notes that a connection is gone. Its watches stay for a while: their clients may come back.
    pub(super) fn disconnected(&self, connection: u64) {
        let mut state = self.state();
        let watches = state.objects.values_mut().flat_map(BTreeMap::values_mut);
        for watch in watches.filter(|watch| watch.peer.connection == connection) {
            watch.silent_since.get_or_insert_with(Instant::now);
        }
        self.busy.notify_one();
    }

    fn tick(&self, shared: &Shared) -> bool {
        let now = Instant::now();
        let record = &shared.cluster.view().record;
        let time = shared.objects.now();
        let mut state = self.state();
        let is_over = |watch: &Watch| {
            let silent = watch.silent_since.map(|since| now.duration_since(since));
            silent.is_some_and(|silent| silent > watch.timeout)
                || record.blocks(watch.peer.address, time)
        };
        let over: Vec<(Watched, Watcher)> = state
            .objects
            .iter()
            .flat_map(|(object, watches)| {
                let over = watches.iter().filter(|(_, watch)| is_over(watch));
                over.map(|(watcher, _)| (object.clone(), *watcher))
            })
            .collect();
        for (object, watcher) in over {
            state.remove(&object, watcher, true);
        }
        let late: Vec<u64> = state
            .notices
            .iter()
            .filter(|(_, notice)| notice.is_late(now))
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            state.finish(id);
        }
        state.watches == 0 && state.notices.is_empty()
    }
}

impl State {
    fn watch(&mut self, object: &Watched, watcher: Watcher, watch: Watch) {
        let peer = watch.peer.clone();
        let watches = self.objects.entry(object.clone()).or_default();
        if watches.insert(watcher, watch).is_none() {
            self.watches += 1;
        }
        // Who comes back hears what it may have missed.
        for (id, notice) in &self.notices {
            if notice.waits_for(object, watcher) {
                notice.tell(*id, watcher, &peer);
            }
        }
    }

    fn ping(&mut self, object: &Watched, watcher: Watcher, peer: &Peer) {
        let watches = self.objects.get_mut(object);
        if let Some(watch) = watches.and_then(|watches| watches.get_mut(&watcher))
            && watch.pings
            && watch.peer.connection == peer.connection
        {
            watch.silent_since = Some(Instant::now());
        }
    }

    /// Ends a watch; says so to its client when that did not ask for it.
    fn remove(&mut self, object: &Watched, watcher: Watcher, tell: bool) {
        let Some(watches) = self.objects.get_mut(object) else {
            return;
        };
        let Some(watch) = watches.remove(&watcher) else {
            return;
        };
        if watches.is_empty() {
            self.objects.remove(object);
        }
        self.watches -= 1;
        if tell {
            message::send(&watch.peer, &Event::disconnected(watcher.cookie));
        }
        let waiting: Vec<u64> = self
            .notices
            .iter_mut()
            .filter_map(|(id, notice)| notice.forget(object, watcher).then_some(*id))
            .collect();
        for id in waiting {
            self.finish(id);
        }
    }

    fn notify(&mut self, id: u64, mut notice: Notice) {
        if let Some(watches) = self.objects.get(notice.object()) {
            for (watcher, watch) in watches {
                notice.expect(*watcher);
                notice.tell(id, *watcher, &watch.peer);
            }
        }
        self.bytes += notice.bytes();
        let is_done = notice.is_done();
        self.notices.insert(id, notice);
        if is_done {
            self.finish(id);
        }
    }

    fn acknowledge(&mut self, id: u64, object: &Watched, watcher: Watcher, reply: Bytes) {
        // An answer there is no room for counts as none: the notification ends with its time.
        if self.bytes.saturating_add(reply.len()) > MOST_BYTES {
            return;
        }
        let Some(notice) = self.notices.get_mut(&id) else {
            return;
        };
        let before = notice.bytes();
        notice.answer(object, watcher, reply);
        let (after, is_done) = (notice.bytes(), notice.is_done());
        self.bytes = (self.bytes + after).saturating_sub(before);
        if is_done {
            self.finish(id);
        }
    }

    /// Tells the one who notified what came of it.
    fn finish(&mut self, id: u64) {
        if let Some(notice) = self.notices.remove(&id) {
            self.bytes = self.bytes.saturating_sub(notice.bytes());
            notice.complete(id);
        }
    }
}

/// Ends what timed out, until the server stops.
pub(crate) async fn watch_clock(shared: std::sync::Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    let mut is_idle = true;
    loop {
        let wait = async {
            match is_idle {
                true => shared.watches.busy.notified().await,
                false => sleep(TICK).await,
            }
        };
        tokio::select! {
            () = wait => is_idle = shared.watches.tick(&shared),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
