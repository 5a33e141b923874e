//! What waits to be sent on a connection, and how much of it there may be.

use std::{io, sync::Arc};

use bytes::Bytes;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

use super::Outgoing;
use crate::frame::{Sealer, Tag};

/// Bytes of a connection's unit of room.
const UNIT: usize = 1024;
/// A piece of data from this size on is sent from where it is.
const LARGE: usize = 16 << 10;
/// How many waiting messages are sent with one write.
const TOGETHER: usize = 64;

/// How much one connection may keep in memory: requests that run and answers that wait for their reader.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    units: Arc<Semaphore>,
    /// The most one piece may take, so that a request and its answer always fit.
    most: usize,
}

/// A piece of a connection's room, given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct RoomTaken {
    _units: Vec<OwnedSemaphorePermit>,
}

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).max(2);
        Self {
            units: Arc::new(Semaphore::new(units)),
            most: units / 2,
        }
    }

    /// Waits for room for `bytes`, or for half of all there is when that is less.
    pub(crate) async fn take(&self, bytes: usize) -> RoomTaken {
        let units = (1 + bytes / UNIT).min(self.most);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.units).acquire_many_owned(units).await;
        RoomTaken {
            // It is never closed.
            _units: taken.into_iter().collect(),
        }
    }

    /// Takes room for `bytes` if there is some now.
    pub(crate) fn try_take(&self, bytes: usize) -> Option<RoomTaken> {
        let units = u32::try_from(1 + bytes / UNIT).ok()?;
        let taken = Arc::clone(&self.units).try_acquire_many_owned(units).ok()?;
        Some(RoomTaken {
            _units: vec![taken],
        })
    }

    /// Waits until everything taken has come back.
    pub(crate) async fn all_back(&self) {
        let all = u32::try_from(2 * self.most).unwrap_or(u32::MAX);
        let _ = self.units.acquire_many(all).await;
    }
}

impl RoomTaken {
    /// Both pieces as one.
    pub(crate) fn and(mut self, mut other: RoomTaken) -> Self {
        self._units.append(&mut other._units);
        self
    }
}

/// What is sent: a message, or a frame of one segment.
#[derive(Debug)]
enum Item {
    Message(Box<Outgoing>),
    Control(Tag, Bytes),
}

/// The way to a client. Clones lead to the same one. What is sent to a client that is gone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(mpsc::UnboundedSender<(Item, RoomTaken)>);

/// The other end of an [`Outbox`].
#[derive(Debug)]
pub(crate) struct Waiting(mpsc::UnboundedReceiver<(Item, RoomTaken)>);

pub(crate) fn outbox() -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Outbox(sender), Waiting(receiver))
}

impl Outbox {
    /// Sends a message; the room it takes is free again when it is on its way.
    pub(crate) fn send(&self, message: Outgoing, room: RoomTaken) {
        let _ = self.0.send((Item::Message(Box::new(message)), room));
    }

    pub(crate) fn send_control(&self, tag: Tag, payload: Bytes, room: RoomTaken) {
        let _ = self.0.send((Item::Control(tag, payload), room));
    }
}

impl Waiting {
    /// Sends what comes, until the connection fails or no outbox is left.
    pub(crate) async fn send_to<W: AsyncWrite + Unpin>(
        mut self,
        mut sealer: Sealer,
        mut to: W,
    ) -> io::Result<()> {
        let mut items = Vec::with_capacity(TOGETHER);
        let mut out = Vec::new();
        let mut seq = 0;
        while self.0.recv_many(&mut items, TOGETHER).await > 0 {
            let mut rooms = Vec::with_capacity(items.len());
            for (item, room) in items.drain(..) {
                rooms.push(room);
                match item {
                    Item::Control(tag, payload) => sealer.control(&mut out, tag, &payload),
                    Item::Message(message) => {
                        seq += 1;
                        let header = message.header(seq);
                        let data = &message.data;
                        let sealed = sealer.message(&mut out, &header, &message.front, data);
                        if let Some(epilogue) = sealed {
                            write_data(&mut out, &mut to, data).await?;
                            out.extend_from_slice(&epilogue);
                        }
                    }
                }
            }
            to.write_all(&out).await?;
            out.clear();
            out.shrink_to(LARGE * TOGETHER);
        }
        Ok(())
    }
}

async fn write_data<W: AsyncWrite + Unpin>(
    out: &mut Vec<u8>,
    to: &mut W,
    data: &[Bytes],
) -> io::Result<()> {
    for piece in data {
        if piece.len() < LARGE {
            out.extend_from_slice(piece);
        } else {
            to.write_all(out).await?;
            out.clear();
            to.write_all(piece).await?;
        }
    }
    Ok(())
}
