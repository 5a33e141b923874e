//! The message that tells a client of something that happened to its watch or its notification (`MWatchNotify`).

use bytes::Bytes;

use super::Peer;
use crate::{link::Outgoing, wire::Writer};

const KIND: u16 = 44;
const VERSION: (u16, u16) = (3, 1);
const CLIENT: u8 = 8;

/// What a client is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    event: u8,
    /// Of the client's watch, or of its notification.
    cookie: u64,
    notice: u64,
    payload: Bytes,
    code: i32,
    /// Who notified.
    client: u64,
    /// What all who were notified answered.
    data: Vec<u8>,
}

impl Event {
    /// Somebody notifies.
    pub(super) fn notified(cookie: u64, notice: u64, payload: Bytes, client: u64) -> Self {
        Self {
            event: 1,
            cookie,
            notice,
            payload,
            client,
            ..Self::default()
        }
    }

    /// A notification of its own is over.
    pub(super) fn completed(
        cookie: u64,
        notice: u64,
        code: i32,
        client: u64,
        data: Vec<u8>,
    ) -> Self {
        Self {
            event: 2,
            cookie,
            notice,
            code,
            client,
            data,
            ..Self::default()
        }
    }

    /// The watch is over.
    pub(super) fn disconnected(cookie: u64) -> Self {
        Self {
            event: 3,
            cookie,
            ..Self::default()
        }
    }
}

/// Sends it, unless the client does not read what it was sent before: then it finds out by itself.
pub(super) fn send(peer: &Peer, event: &Event) {
    let Some(room) = peer.room.try_take(event.payload.len() + event.data.len()) else {
        return;
    };
    let mut message = Outgoing::new(KIND, VERSION, 0, |writer| {
        writer.u8(1).u8(event.event).u64(event.cookie).u64(0);
        writer.u64(event.notice).bytes(&event.payload);
        writer.i32(event.code).u64(event.client);
    });
    if !event.data.is_empty() {
        message = message.with_data(event.data.clone());
    }
    peer.outbox.send(message, room);
}

/// A client's name.
pub(super) fn write_client(writer: &mut Writer, client: u64) {
    writer.u8(CLIENT).u64(client);
}
