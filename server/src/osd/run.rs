//! Runs a request: all its operations are one transaction on one object.

use radula::{Errno, Error, Method, ObjectId, Timestamp};

use super::{
    code, list,
    reply::{Reply, StepResult},
    request::{FAIL_OK, FLAG_FULL_FORCE, FLAG_FULL_TRY, FLAG_PARALLEL, Request, Step},
    results,
    steps::{self, Copied, Terms, WatchStep},
    watches::{Effect, Peer, Watched},
};
use crate::{
    cluster::{Pool, View},
    maps::{FLAG_EIO, PoolKind},
    shared::Shared,
    wire::{HEAD, Malformed},
};

const SNAPSHOT_DIRECTORY: u64 = u64::MAX;
const LONGEST_NAME: usize = 2048;
const LONGEST_NAMESPACE: usize = 256;

/// `ESHUTDOWN`, as clients expect it.
const SHUT_OUT: i32 = 108;

/// Why a request, or one operation of it, was refused, with what it says beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Negative.
    pub(super) code: i32,
    pub(super) output: bytes::Bytes,
}

impl From<Errno> for Refused {
    fn from(errno: Errno) -> Self {
        Self {
            code: -errno.code(),
            output: bytes::Bytes::new(),
        }
    }
}

impl From<Malformed> for Refused {
    fn from(_: Malformed) -> Self {
        Errno::EINVAL.into()
    }
}

impl From<&Error> for Refused {
    /// What a method answered as an error number is all there is to say; what ended it otherwise is told as JSON, as
    /// the plugin in an OSD does.
    fn from(error: &Error) -> Self {
        let errno = match error.errno() {
            Errno::EAGAIN => Errno::EBUSY,
            errno => errno,
        };
        let report = serde_json::to_vec(&error.report()).unwrap_or_default();
        Self {
            output: report.into(),
            ..errno.into()
        }
    }
}

/// What an operation needs that was found before the transaction began.
#[derive(Debug)]
pub(super) enum Prepared {
    Nothing,
    Method(Box<Method>),
    /// What to refuse the operation with when its turn comes.
    Refused(Refused),
    Copied(Box<Copied>),
    Watch(Box<WatchStep>),
    /// Who watches the object.
    Watchers(bytes::Bytes),
}

/// What came of a request.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// `None` is not answered: the client finds out by itself.
    pub(super) reply: Option<Reply>,
    /// What takes effect once the answer is on its way.
    pub(super) effects: Vec<Effect>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            effects: Vec::new(),
        }
    }
}

/// Runs a request of the client at the other end of `peer`.
pub(super) fn run(
    shared: &Shared,
    view: &View,
    request: &Request,
    peer: &Peer,
    origin: &str,
) -> Outcome {
    if view.record.blocks(peer.address, shared.objects.now()) {
        return Outcome::from(Reply {
            result: -SHUT_OUT,
            ..Reply::default()
        });
    }
    let Some(pool) = view.pool(request.pool) else {
        return Reply::refused(Errno::ENOENT).into();
    };
    if pool.map.flags & FLAG_EIO != 0 {
        return Outcome::default();
    }
    let inside = || match request.is_listing() {
        true => list::run(shared, pool, request)
            .unwrap_or_else(Reply::of_refused)
            .into(),
        false => on_object(shared, view, pool, request, peer, origin),
    };
    let outcome = pool.gate.pass(inside);
    outcome.unwrap_or_else(|| Reply::refused(Errno::ENOENT).into())
}

impl Reply {
    fn of_refused(refused: Refused) -> Self {
        Self {
            result: refused.code,
            ..Self::default()
        }
    }
}

/// Whether the request is one we can serve, as a whole.
fn check(request: &Request) -> Result<(), Errno> {
    if request.name.len() > LONGEST_NAME
        || request.namespace.len() > LONGEST_NAMESPACE
        || request.key.len() > LONGEST_NAME
    {
        return Err(Errno::ENAMETOOLONG);
    }
    if request.flags & FLAG_PARALLEL != 0 || request.name.is_empty() {
        return Err(Errno::EINVAL);
    }
    // The store has no locator keys and no snapshots yet.
    if !request.key.is_empty() || request.snapshot_context != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    match request.snapshot {
        HEAD => Ok(()),
        SNAPSHOT_DIRECTORY
            if request
                .steps
                .iter()
                .all(|step| step.code == code::LIST_SNAPS) =>
        {
            Ok(())
        }
        _ => Err(Errno::EOPNOTSUPP),
    }
}

fn on_object(
    shared: &Shared,
    view: &View,
    pool: &Pool,
    request: &Request,
    peer: &Peer,
    origin: &str,
) -> Outcome {
    if let Err(errno) = check(request) {
        return Reply::refused(errno).into();
    }
    let object = request.watched();
    let prepared: Vec<Prepared> = request
        .steps
        .iter()
        .map(|step| match step.code {
            code::WATCH | code::NOTIFY | code::NOTIFY_ACK | code::LIST_WATCHERS => {
                prepare_watch(shared, view, &object, peer.client, step)
            }
            _ => prepare(shared, view, pool, step, origin),
        })
        .collect();
    let writes = request
        .steps
        .iter()
        .zip(&prepared)
        .any(|(step, prepared)| match prepared {
            Prepared::Method(method) => method.writes(),
            Prepared::Watch(step) => step.writes,
            _ => code::writes(step.code),
        });
    let stored = pool.map.stored();
    if writes {
        let known = shared
            .results
            .get(&shared.objects, request.pool, stored, &request.id);
        match known {
            Ok(None) => {}
            Ok(Some(reply)) => return outcome(reply, prepared, writes),
            Err(errno) => return Reply::refused(errno).into(),
        }
    }
    if writes && pool.map.is_full() && request.may_grow() && request.flags & FLAG_FULL_FORCE == 0 {
        // Who does not ask for an error waits: it sends the request again when a map says that there is room.
        let asks = request.flags & FLAG_FULL_TRY != 0;
        return Outcome {
            reply: asks.then(|| Reply::refused(Errno::EDQUOT)),
            ..Outcome::default()
        };
    }
    let (reply, is_committed) = transact(shared, pool, request, &prepared, writes, origin);
    if writes {
        // What changed the object left its receipt in the commit.
        if !is_committed
            && let Some(receipt) = results::receipt(&request.id, reply.clone(), Some(reply.version))
            && let Err(errno) = shared.objects.leave_receipt(stored, receipt)
        {
            return Reply::refused(errno).into();
        }
        shared.results.keep(request.pool, request.id, reply.clone());
    }
    outcome(reply, prepared, writes)
}

/// The answer, and what it brings about when it is no failure.
fn outcome(reply: Reply, prepared: Vec<Prepared>, writes: bool) -> Outcome {
    if reply.result < 0 {
        return reply.into();
    }
    let is_gone = writes && reply.version == 0;
    let of_step = |(prepared, answered): (Prepared, &StepResult)| match prepared {
        Prepared::Watch(step) if answered.value >= 0 => Some(step.effect),
        _ => None,
    };
    let mut effects: Vec<Effect> = prepared
        .into_iter()
        .zip(&reply.steps)
        .filter_map(of_step)
        .collect();
    if is_gone {
        effects.push(Effect::Remove);
    }
    Outcome {
        reply: Some(reply),
        effects,
    }
}

fn prepare_watch(
    shared: &Shared,
    view: &View,
    object: &Watched,
    client: u64,
    step: &Step,
) -> Prepared {
    let watches = &shared.watches;
    let found = match step.code {
        code::WATCH => WatchStep::watch(watches, object, client, step),
        code::NOTIFY => WatchStep::notify(watches, watches.new_notice(view.epoch()), step),
        code::NOTIFY_ACK => WatchStep::acknowledge(step),
        _ => return Prepared::Watchers(watches.list(object)),
    };
    match found {
        Ok(step) => Prepared::Watch(Box::new(step)),
        Err(refused) => Prepared::Refused(refused),
    }
}

fn prepare(shared: &Shared, view: &View, pool: &Pool, step: &Step, origin: &str) -> Prepared {
    let found = match step.code {
        code::CALL => steps::method(shared, step).map(|method| Prepared::Method(Box::new(method))),
        code::COPY_FROM | code::COPY_FROM2 => {
            steps::copied(shared, view, step, origin).and_then(|copied| {
                let lacks_omap = pool.map.kind == PoolKind::Erasure;
                match lacks_omap && copied.has_omap() {
                    true => Err(Errno::EOPNOTSUPP.into()),
                    false => Ok(Prepared::Copied(Box::new(copied))),
                }
            })
        }
        code if pool.map.kind == PoolKind::Erasure && steps::is_omap(code) => {
            Err(Errno::EOPNOTSUPP.into())
        }
        _ => Ok(Prepared::Nothing),
    };
    found.unwrap_or_else(Prepared::Refused)
}

/// Returns the answer, and whether a commit left its receipt.
fn transact(
    shared: &Shared,
    pool: &Pool,
    request: &Request,
    prepared: &[Prepared],
    writes: bool,
    origin: &str,
) -> (Reply, bool) {
    let id = ObjectId {
        pool: pool.map.stored().to_owned(),
        namespace: request.namespace.clone(),
        oid: request.name.clone(),
    };
    let terms = Terms {
        alignment: pool.map.alignment(),
    };
    let mut failed = None;
    let worked = shared.objects.work(&id, origin, writes, |work| {
        if request.mtime != Timestamp(0) {
            work.object().set_mtime(request.mtime);
        }
        let mut answers = Vec::with_capacity(request.steps.len());
        for (index, (step, prepared)) in (0u32..).zip(request.steps.iter().zip(prepared)) {
            let fail_ok = step.flags & FAIL_OK != 0;
            match steps::run(work, index, step, prepared, &terms, fail_ok) {
                Ok(answer) => answers.push(answer),
                Err(refused) => {
                    answers.push(StepResult {
                        value: refused.code,
                        output: refused.output,
                    });
                    if !fail_ok {
                        failed = Some((refused.code, answers));
                        // Drops what the transaction has; the client reads the number beside.
                        return Err(Errno::ECANCELED);
                    }
                    if let Some(answer) = answers.last_mut() {
                        answer.output.clear();
                    }
                }
            }
        }
        // What it answers if it changes the object; without the version, which the commit gives.
        let changed = writes.then(|| Reply::after_change(request, answers.clone()));
        if let Some(reply) = changed.clone() {
            let is_there = work.object().exists().unwrap_or(true);
            let version = if is_there { None } else { Some(0) };
            if let Some(receipt) = results::receipt(&request.id, reply, version) {
                work.leave_receipt(receipt);
            }
        }
        Ok((answers, changed))
    });
    match (worked, failed) {
        (_, Some((result, steps))) => {
            let reply = Reply {
                result,
                steps,
                version: 0,
            };
            (reply, false)
        }
        (Ok(worked), None) => {
            let (answers, changed) = worked.answer;
            let changed = changed.filter(|_| worked.changed);
            let is_committed = changed.is_some();
            let reply = Reply {
                version: worked.version,
                ..changed.unwrap_or_else(|| Reply::as_answered(request, answers))
            };
            (reply, is_committed)
        }
        (Err(errno), None) => (Reply::refused(errno), false),
    }
}
