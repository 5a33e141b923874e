//! Watches and notifications: what a request asks for. It takes effect when the request is answered.

use std::time::Duration;

use bytes::Bytes;
use objclass::ObjectWrite as _;
use radula::Errno;
use transaction::Transaction;

use super::{Answer, Refused, done, output};
use crate::osd::{
    request::Step,
    watches::{Effect, Watched, Watcher, Watches},
};

const UNWATCH: u8 = 0;
const OLD_WATCH: u8 = 1;
const WATCH: u8 = 3;
const RECONNECT: u8 = 5;
const PING: u8 = 7;

/// `ENOTCONN`, as clients expect it of a watch that is not there.
const NOT_CONNECTED: i32 = 107;
/// How long a watch lasts without a sign of life, and a notification without answers, when the client does not say.
const TIMEOUT: u32 = 30;

/// A step that takes effect when its request is answered.
#[derive(Clone, Debug)]
pub(in crate::osd) struct WatchStep {
    pub(in crate::osd) effect: Effect,
    /// It changes its object, if only its version.
    pub(in crate::osd) writes: bool,
    refused: Option<Refused>,
    output: Bytes,
}

fn seconds(seconds: u32) -> Duration {
    let seconds = if seconds == 0 { TIMEOUT } else { seconds };
    Duration::from_secs(u64::from(seconds))
}

impl WatchStep {
    pub(in crate::osd) fn watch(
        watches: &Watches,
        object: &Watched,
        client: u64,
        step: &Step,
    ) -> Result<Self, Refused> {
        let mut args = step.args();
        let (cookie, _, operation) = (args.u64()?, args.u64()?, args.u8()?);
        let (_generation, timeout) = (args.u32()?, args.u32()?);
        let watch = Effect::Watch {
            cookie,
            timeout: seconds(timeout),
            pings: operation != OLD_WATCH,
        };
        let is_known = watches.is_known(object, Watcher { client, cookie });
        let effect = match operation {
            UNWATCH => Effect::Unwatch { cookie },
            OLD_WATCH | WATCH | RECONNECT => watch,
            PING => Effect::Ping { cookie },
            _ => return Err(Errno::EINVAL.into()),
        };
        let refused = match operation {
            RECONNECT | PING if !is_known => Some(Refused {
                code: -NOT_CONNECTED,
                output: Bytes::new(),
            }),
            WATCH | OLD_WATCH if !is_known && !watches.has_room(0) => Some(Errno::ENOSPC.into()),
            _ => None,
        };
        Ok(Self {
            effect,
            writes: operation != PING,
            refused,
            output: Bytes::new(),
        })
    }

    /// `id` is the new notification's.
    pub(in crate::osd) fn notify(watches: &Watches, id: u64, step: &Step) -> Result<Self, Refused> {
        let cookie = step.args().u64()?;
        let mut input = step.input();
        input.u32()?;
        let timeout = seconds(input.u32()?);
        let payload = Bytes::copy_from_slice(input.bytes()?);
        let refused = (!watches.has_room(payload.len())).then(|| Errno::EBUSY.into());
        Ok(Self {
            effect: Effect::Notify {
                id,
                cookie,
                timeout,
                payload,
            },
            writes: false,
            refused,
            output: Bytes::copy_from_slice(&id.to_le_bytes()),
        })
    }

    pub(in crate::osd) fn acknowledge(step: &Step) -> Result<Self, Refused> {
        let mut input = step.input();
        let (id, cookie) = (input.u64()?, input.u64()?);
        let reply = match input.remaining() {
            0 => Bytes::new(),
            _ => Bytes::copy_from_slice(input.bytes()?),
        };
        Ok(Self {
            effect: Effect::Acknowledge { id, cookie, reply },
            writes: false,
            refused: None,
            output: Bytes::new(),
        })
    }
}

pub(super) fn run(object: &mut Transaction, step: &WatchStep) -> Answer {
    object.assert_exists()?;
    if let Some(refused) = &step.refused {
        return Err(refused.clone());
    }
    if step.writes {
        object.create(false)?;
    }
    match step.output.is_empty() {
        true => done(),
        false => output(step.output.clone()),
    }
}

/// Who watches, as it was found before.
pub(super) fn list(object: &mut Transaction, watchers: &Bytes) -> Answer {
    object.assert_exists()?;
    output(watchers.clone())
}
