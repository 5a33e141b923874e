//! One connection: its handshake, then messages in both directions, in bounded memory.

mod banner;
mod handshake;
mod message;
mod outbox;
mod read_loop;
mod talk;

pub(crate) use handshake::{Client, Role};
pub(crate) use message::{Incoming, Outgoing};
pub(crate) use outbox::{Outbox, Room, RoomTaken};
pub(crate) use read_loop::serve;
