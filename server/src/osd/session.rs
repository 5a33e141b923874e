//! A client's connection to the OSD.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, LazyLock},
};

use super::{
    admission,
    request::{self, Request},
    run,
    watches::Peer,
};
use crate::{
    lanes::{Lane, Party},
    link::{Client, Incoming, Outbox, Outgoing, Room, RoomTaken},
    mon::{commands, osd_map_message},
    shared::Shared,
    wire::Malformed,
};

const PING: u16 = 2;
const COMMAND: u16 = 97;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A client's connection to the OSD.
#[derive(Debug)]
pub(crate) struct OsdSession {
    shared: Arc<Shared>,
    client: Client,
    origin: Arc<str>,
    outbox: Outbox,
    room: Room,
    /// As watches know this connection.
    peer: Peer,
    /// The newest map that was sent here.
    sent_epoch: u32,
}

impl Drop for OsdSession {
    fn drop(&mut self) {
        self.shared.watches.disconnected(self.peer.connection);
    }
}

impl OsdSession {
    pub(crate) fn new(shared: &Arc<Shared>, client: Client, outbox: &Outbox, room: &Room) -> Self {
        Self {
            shared: Arc::clone(shared),
            client,
            origin: client.origin().into(),
            outbox: outbox.clone(),
            room: room.clone(),
            peer: Peer {
                client: client.global_id,
                address: client.address,
                connection: shared.next_global_seq(),
                outbox: outbox.clone(),
                room: room.clone(),
            },
            sent_epoch: 0,
        }
    }

    /// Takes a message in. What it asks for runs in its lane, where requests on one object keep their order.
    ///
    /// # Errors
    /// The message breaks the protocol.
    pub(crate) async fn receive(
        &mut self,
        message: Incoming,
        room: RoomTaken,
    ) -> Result<(), Malformed> {
        match message.kind {
            request::KIND => {
                let request = Request::read(&message, self.client.global_id)?;
                // The input is in the steps now.
                drop(message);
                // In this order: a request and its answer may take all the room there is.
                self.share_map(request.epoch).await;
                let answer = self.room.take(admission::answer_size(&request)).await;
                self.run(request, room.and(answer));
            }
            PING => {
                let pong = Outgoing::new(PING, (1, 1), message.tid, |_| {});
                self.outbox.send(pong, room);
            }
            COMMAND => {
                let party = Party(self.client.global_id);
                commands::run_on_osd(&self.shared, party, message, &self.outbox, room)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Sends the newest map to a client that has an older one, once.
    async fn share_map(&mut self, epoch: u32) {
        let view = self.shared.cluster.view();
        if epoch >= view.epoch() || self.sent_epoch >= view.epoch() {
            return;
        }
        self.sent_epoch = view.epoch();
        let room = self.room.take(view.osd_map.len()).await;
        self.outbox.send(osd_map_message(&view), room);
    }

    fn run(&self, request: Request, room: RoomTaken) {
        let lane = match request.is_listing() {
            // Listings of one client wait for each other and for nobody else.
            true => HASHER.hash_one((self.client.global_id, "list")),
            false => HASHER.hash_one((request.pool, &request.namespace, &request.name)),
        };
        let (shared, outbox) = (Arc::clone(&self.shared), self.outbox.clone());
        let (origin, peer) = (Arc::clone(&self.origin), self.peer.clone());
        let party = Party(self.client.global_id);
        self.shared.lanes.push(Lane(lane), party, move || {
            let view = shared.cluster.view();
            let outcome = run::run(&shared, &view, &request, &peer, &origin);
            let object = (!outcome.effects.is_empty()).then(|| request.watched());
            if let Some(reply) = outcome.reply {
                outbox.send(reply.message(&request, view.epoch()), room);
            }
            for effect in outcome.effects {
                if let Some(object) = &object {
                    shared.watches.apply(object, &peer, effect);
                }
            }
        });
    }
}
