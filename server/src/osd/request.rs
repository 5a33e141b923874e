//! A request as it came (`MOSDOp`).

use bytes::Bytes;
use radula::Timestamp;
use serde::{Deserialize, Serialize};

use super::{code, watches::Watched};
use crate::{
    link::Incoming,
    wire::{Malformed, Reader},
};

pub(crate) const KIND: u16 = 42;
/// The version of the encoding that clients use with our features.
const VERSION: u16 = 8;
/// Most operations of one request.
const MOST_STEPS: usize = 1024;
/// Bytes of one operation's fixed part.
pub(super) const STEP: usize = 38;

/// Outputs are kept after a write.
pub(super) const FLAG_RETURN_VEC: u32 = 0x0400_0000;
/// A full pool refuses the request and does not let it wait.
pub(super) const FLAG_FULL_TRY: u32 = 0x80_0000;
/// A full pool takes the request.
pub(super) const FLAG_FULL_FORCE: u32 = 0x100_0000;
/// Operations that nobody orders.
pub(super) const FLAG_PARALLEL: u32 = 0x200;

/// Of one operation: its error does not count.
pub(super) const FAIL_OK: u32 = 2;

/// What tells a request from every other, however often it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RequestId {
    pub(crate) client: u64,
    pub(crate) incarnation: u32,
    pub(crate) tid: u64,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    /// Of its message; the answer carries it.
    pub(crate) tid: u64,
    pub(crate) pool: u64,
    pub(crate) seed: u32,
    pub(crate) epoch: u32,
    pub(crate) flags: u32,
    pub(crate) key: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) snapshot: u64,
    pub(crate) snapshot_context: u64,
    /// When the client says it changed the object; 0 when it does not say.
    pub(crate) mtime: Timestamp,
    pub(crate) attempt: i32,
}

/// One operation of a request.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) code: u16,
    pub(crate) flags: u32,
    pub(crate) args: [u8; 28],
    pub(crate) input: Bytes,
    /// As it came: the answer repeats it.
    pub(crate) raw: [u8; STEP],
}

impl Step {
    /// Its arguments, in order.
    pub(super) fn args(&self) -> Reader<'_> {
        Reader::new(&self.args)
    }

    pub(super) fn input(&self) -> Reader<'_> {
        Reader::new(&self.input)
    }
}

impl Request {
    /// Whether it is about a placement group and not about an object. Clients do not always flag it.
    pub(super) fn is_listing(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.code, code::PGLS..=code::PGNLS_FILTER))
    }

    /// The object, as one that is watched.
    pub(super) fn watched(&self) -> Watched {
        Watched {
            pool: self.pool,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it may leave more than there was before.
    pub(super) fn may_grow(&self) -> bool {
        self.steps.iter().any(|step| {
            let shrinks = matches!(
                step.code,
                code::DELETE
                    | code::TRUNCATE
                    | code::ZERO
                    | code::REMOVE_XATTR
                    | code::OMAP_CLEAR
                    | code::OMAP_REMOVE_KEYS
                    | code::OMAP_REMOVE_RANGE
            );
            step.code == code::CALL || code::writes(step.code) && !shrinks
        })
    }

    pub(super) fn read(message: &Incoming, client: u64) -> Result<Self, Malformed> {
        if message.version != VERSION {
            return Err(Malformed("request: its version is unknown here"));
        }
        let mut reader = Reader::new(&message.front);
        let (_, mut spg) = reader.block(1)?;
        spg.u8()?;
        let (pool, seed) = (spg.u64()?, spg.u32()?);
        // The hash, which follows from the name.
        reader.u32()?;
        let (epoch, flags) = (reader.u32()?, reader.u32()?);
        let (_, mut id) = reader.block(2)?;
        id.u8()?;
        let (named, named_tid) = (id.u64()?, id.u64()?);
        reader.take(24)?;
        let incarnation = reader.u32()?;
        let mtime = reader.time()?;
        let (_, mut locator) = reader.block(6)?;
        locator.u64()?;
        locator.u32()?;
        let (key, namespace) = (locator.text()?, locator.text()?);
        let name = reader.text()?;
        let steps = read_steps(&mut reader, message.data.clone())?;
        let snapshot = reader.u64()?;
        let snapshot_context = reader.u64()?;
        for _ in 0..reader.count(8)? {
            reader.u64()?;
        }
        let attempt = reader.i32()?;
        let is_named = named != 0 || named_tid != 0;
        Ok(Self {
            id: RequestId {
                client: if is_named { named } else { client },
                incarnation,
                tid: if is_named { named_tid } else { message.tid },
            },
            tid: message.tid,
            pool,
            seed,
            epoch,
            flags,
            // A key that is the name says nothing.
            key: if key == name {
                String::new()
            } else {
                key.to_owned()
            },
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            steps,
            snapshot,
            snapshot_context,
            mtime,
            attempt,
        })
    }
}

fn read_steps(reader: &mut Reader<'_>, mut data: Bytes) -> Result<Vec<Step>, Malformed> {
    let count = usize::from(reader.u16()?);
    if count > MOST_STEPS {
        return Err(Malformed("request: too many operations"));
    }
    let mut steps = Vec::with_capacity(count);
    for _ in 0..count {
        let raw: [u8; STEP] = reader
            .take(STEP)?
            .try_into()
            .map_err(|_| Malformed("request"))?;
        let mut fields = Reader::new(&raw);
        let (code, flags) = (fields.u16()?, fields.u32()?);
        let args = fields
            .take(28)?
            .try_into()
            .map_err(|_| Malformed("request"))?;
        let length = usize::try_from(fields.u32()?).unwrap_or(usize::MAX);
        if length > data.len() {
            return Err(Malformed("request: less data than announced"));
        }
        steps.push(Step {
            code,
            flags,
            args,
            input: data.split_to(length),
            raw,
        });
    }
    Ok(steps)
}
