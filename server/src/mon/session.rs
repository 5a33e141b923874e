//! A client's connection to the monitor.

use std::{collections::BTreeMap, sync::Arc};

use super::{commands, messages, pool_op, statistics};
use crate::{
    lanes::{Lane, Party},
    link::{Client, Incoming, Outbox, Outgoing, RoomTaken},
    shared::Shared,
    wire::{Malformed, Reader},
};

const PING: u16 = 2;
const GET_MON_MAP: u16 = 5;
const STATFS: u16 = 13;
const SUBSCRIBE: u16 = 15;
const GET_VERSION: u16 = 19;
const GET_VERSION_REPLY: u16 = 20;
const POOL_OP: u16 = 49;
const COMMAND: u16 = 50;
const GET_POOL_STATS: u16 = 58;

/// The subscription ends with its first answer.
const ONCE: u8 = 1;
/// What clients ask the monitor for runs one after the other.
const LANE: Lane = Lane(0);
/// Bytes of one subscription at least: empty name, start, flags.
const LEAST_SUBSCRIPTION: usize = 13;

/// A client's connection to the monitor.
#[derive(Debug)]
pub(crate) struct MonSession {
    shared: Arc<Shared>,
    client: Client,
    outbox: Outbox,
    /// The first epoch of the map that is wanted, while one is.
    wanted_epoch: Option<(u64, bool)>,
}

impl MonSession {
    pub(crate) fn new(shared: &Arc<Shared>, client: Client, outbox: &Outbox) -> Self {
        Self {
            shared: Arc::clone(shared),
            client,
            outbox: outbox.clone(),
            wanted_epoch: None,
        }
    }

    /// Takes a message in. What is unknown is ignored: clients send a monitor many things.
    ///
    /// # Errors
    /// The message breaks the protocol.
    pub(crate) fn receive(&mut self, message: Incoming, room: RoomTaken) -> Result<(), Malformed> {
        let shared = Arc::clone(&self.shared);
        match message.kind {
            GET_MON_MAP => {
                let map = messages::mon_map_message(&shared, &shared.cluster.view());
                self.outbox.send(map, room);
            }
            SUBSCRIBE => self.subscribe(&mut Reader::new(&message.front), room)?,
            GET_VERSION => {
                let mut front = Reader::new(&message.front);
                let (handle, what) = (front.u64()?, front.bytes()?);
                let version = match what {
                    b"osdmap" => u64::from(shared.cluster.view().epoch()),
                    _ => 1,
                };
                let reply = Outgoing::new(GET_VERSION_REPLY, (2, 1), message.tid, |writer| {
                    writer.u64(handle).u64(version).u64(version);
                });
                self.outbox.send(reply, room);
            }
            PING => {
                let status = commands::ping(&shared.cluster.view());
                let pong = Outgoing::new(PING, (1, 1), message.tid, |writer| {
                    writer.bytes(&status);
                });
                self.outbox.send(pong, room);
            }
            COMMAND => self.later(message, room, commands::run_on_mon),
            POOL_OP => self.later(message, room, pool_op::run),
            STATFS => self.later(message, room, statistics::statfs),
            GET_POOL_STATS => self.later(message, room, statistics::pools),
            _ => {}
        }
        Ok(())
    }

    /// Runs what may take a while where it keeps nobody up.
    fn later(
        &self,
        message: Incoming,
        room: RoomTaken,
        run: fn(&Shared, &Incoming) -> Result<Outgoing, Malformed>,
    ) {
        let (shared, outbox) = (Arc::clone(&self.shared), self.outbox.clone());
        let socket = self.client.socket;
        self.shared
            .lanes
            .push(LANE, Party(self.client.global_id), move || {
                match run(&shared, &message) {
                    Ok(reply) => outbox.send(reply, room),
                    Err(malformed) => tracing::warn!("client {socket}: {malformed}"),
                }
            });
    }

    fn subscribe(&mut self, front: &mut Reader<'_>, room: RoomTaken) -> Result<(), Malformed> {
        let mut wanted = BTreeMap::new();
        for _ in 0..front.count(LEAST_SUBSCRIPTION)? {
            let (what, start, flags) = (front.bytes()?, front.u64()?, front.u8()?);
            wanted.insert(what, (start, flags & ONCE != 0));
        }
        let view = self.shared.cluster.view();
        let mut answers = Vec::new();
        for (what, (start, once)) in wanted {
            match what {
                b"osdmap" => self.wanted_epoch = Some((start, once)),
                b"monmap" if start <= 1 => {
                    answers.push(messages::mon_map_message(&self.shared, &view));
                }
                b"config" => answers.push(messages::config_message()),
                b"mgrmap" if start <= 1 => answers.push(messages::mgr_map_message()),
                _ => {}
            }
        }
        answers.extend(self.wanted_map());
        // The last answer holds the room for all: they are small, or one map.
        let mut room = Some(room);
        let last = answers.len().saturating_sub(1);
        for (index, answer) in answers.into_iter().enumerate() {
            let room = if index == last { room.take() } else { None };
            self.outbox.send(answer, room.unwrap_or_default());
        }
        Ok(())
    }

    /// Sends the newest map when the client waits for one.
    pub(crate) fn push_maps(&mut self, room: RoomTaken) {
        if let Some(map) = self.wanted_map() {
            self.outbox.send(map, room);
        }
    }

    fn wanted_map(&mut self) -> Option<Outgoing> {
        let view = self.shared.cluster.view();
        let epoch = u64::from(view.epoch());
        let (start, once) = self.wanted_epoch?;
        if epoch < start {
            return None;
        }
        self.wanted_epoch = (!once).then_some((epoch + 1, false));
        Some(messages::osd_map_message(&view))
    }
}
