//! Operations without plain writes: reads, assertions and calls.

use bytes::Bytes;
use ceph_client::{Compare, OperationError, Pool, ReadAnswer, ReadOperation, StepAnswer};
use objclass::{Errno, Page, Pair};
use transaction::Comparison;

use super::{Cluster, unsupported};
use crate::{
    ClusterError, ExecReply, StepReply,
    error::{Cause, Error},
    operation::Step,
};

/// Room for a read to the end at the first attempt: the size RADOS's own clients cut objects into.
const FIRST_ROOM: u64 = 4 << 20;
/// A read of more than this is one to the end: nobody has room for whatever number was named.
const MAX_NAMED: u64 = 128 << 20;
/// Room beyond the size an object was seen to have, so that one that grows is read at last.
const SLACK: u64 = 1 << 20;
/// How often to read an object that outgrows the room made for it.
const ATTEMPTS: usize = 8;

pub(super) fn run(
    cluster: &Cluster,
    pool: &Pool,
    oid: &str,
    steps: &[Step],
) -> Result<(Vec<StepReply>, u64), Error> {
    let calls = steps.iter().any(|step| matches!(step, Step::Exec(_)));
    if calls {
        refuse_beside_calls(steps)?;
    }
    let mut room = FIRST_ROOM;
    for _ in 0..ATTEMPTS {
        let failed = |error| cluster.failed(error, steps);
        let answer = build(pool, steps, room)?
            .operate(pool, oid, cluster.returnvec)
            .map_err(failed)?;
        match room_needed(&answer, steps) {
            Some(needed) if needed > room => room = needed.saturating_add(SLACK),
            _ => return replies(answer, steps),
        }
    }
    Err(ClusterError::Growing.into())
}

/// Steps that fail, or are repeated, on this side would come too late to stop a call that writes.
fn refuse_beside_calls(steps: &[Step]) -> Result<(), Error> {
    for (index, step) in steps.iter().enumerate() {
        let what = match step {
            Step::GetXattr(_) => "one xattr beside a call; ask for all xattrs",
            Step::OmapGetVal(_) => "one omap value beside a call; ask for values by keys",
            Step::Read(_, length) if is_to_the_end(*length) => {
                "reading to the end beside a call; ask for a length up to 128 MiB"
            }
            _ => continue,
        };
        return Err(unsupported(what).of_step(index, step.name()));
    }
    Ok(())
}

fn is_to_the_end(length: Option<u64>) -> bool {
    length.is_none_or(|length| length > MAX_NAMED)
}

/// The operation, with a step after the others that asks for the size when one of them reads to the end.
fn build(pool: &Pool, steps: &[Step], room: u64) -> Result<ReadOperation, Error> {
    let mut operation = ReadOperation::new(pool);
    for (index, step) in steps.iter().enumerate() {
        add(&mut operation, step, room).map_err(|error| error.of_step(index, step.name()))?;
    }
    if steps.is_empty() {
        operation.assert_exists();
    }
    if reads_to_the_end(steps).next().is_some() {
        operation.stat();
    }
    Ok(operation)
}

/// Where the steps that read to the end begin.
fn reads_to_the_end(steps: &[Step]) -> impl Iterator<Item = u64> {
    steps.iter().filter_map(|step| match step {
        Step::Read(offset, length) if is_to_the_end(*length) => Some(*offset),
        _ => None,
    })
}

/// The room the reads to the end need. The size was asked for in the same operation: it is that of the data.
fn room_needed(answer: &ReadAnswer, steps: &[Step]) -> Option<u64> {
    let first = reads_to_the_end(steps).min()?;
    match answer.steps.get(steps.len()) {
        Some(StepAnswer::Stat(stat)) => Some(stat.size.saturating_sub(first)),
        _ => None,
    }
}

fn add(operation: &mut ReadOperation, step: &Step, room: u64) -> Result<(), Error> {
    let added: Result<(), OperationError> = match step {
        Step::AssertExists => {
            operation.assert_exists();
            Ok(())
        }
        Step::AssertVersion(version) => {
            operation.assert_version(*version);
            Ok(())
        }
        Step::CompareXattr(name, comparison, value) => {
            operation.compare_xattr(name, compare(*comparison), value)
        }
        Step::Stat => {
            operation.stat();
            Ok(())
        }
        // To RADOS a length of 0 is the whole object; what is left to ask is whether there is one.
        Step::Read(_, Some(0)) => {
            operation.stat();
            Ok(())
        }
        Step::Read(offset, length) => {
            let room = length.filter(|length| *length <= MAX_NAMED).unwrap_or(room);
            // A machine whose addresses are shorter than that has no such room.
            operation.read(*offset, usize::try_from(room).unwrap_or(usize::MAX));
            Ok(())
        }
        Step::GetXattr(_) | Step::GetXattrs => {
            operation.xattrs();
            Ok(())
        }
        Step::OmapGetKeys(range) if range.prefix.is_empty() => {
            operation.omap_keys(&range.after, range.max)
        }
        Step::OmapGetKeys(range) | Step::OmapGetVals(range) => {
            operation.omap_vals(&range.after, &range.prefix, range.max)
        }
        Step::OmapGetVal(key) => {
            operation.omap_vals_by_keys(std::slice::from_ref(key));
            Ok(())
        }
        Step::OmapGetValsByKeys(keys) => {
            operation.omap_vals_by_keys(keys);
            Ok(())
        }
        Step::Exec(exec) => operation.exec(&exec.class, &exec.method, &exec.input),
        step => return Err(unsupported(not_in_librados(step))),
    };
    added.map_err(|error| match error {
        OperationError::Nul { what } => ClusterError::Nul { what }.into(),
        error => Cause::Refused(error.errno()).into(),
    })
}

/// What the C interface of librados lacks.
pub(super) fn not_in_librados(step: &Step) -> &'static str {
    match step {
        Step::CompareXattrNumber(..) => {
            "comparing an xattr as a number; compare it as text, or in a method"
        }
        Step::OmapGetHeader | Step::OmapSetHeader(_) => {
            "the omap header from outside; a method of a class reads and writes it"
        }
        _ => "reading in an operation that writes; make two operations, or one method",
    }
}

pub(super) fn compare(comparison: Comparison) -> Compare {
    match comparison {
        Comparison::Equal => Compare::Equal,
        Comparison::NotEqual => Compare::NotEqual,
        Comparison::Greater => Compare::Greater,
        Comparison::GreaterOrEqual => Compare::GreaterOrEqual,
        Comparison::Less => Compare::Less,
        Comparison::LessOrEqual => Compare::LessOrEqual,
    }
}

/// What the steps answered. A step that finds nothing fails here, where nothing but reads can have happened.
fn replies(answer: ReadAnswer, steps: &[Step]) -> Result<(Vec<StepReply>, u64), Error> {
    let mut replies = Vec::with_capacity(steps.len());
    for (index, (step, said)) in steps.iter().zip(answer.steps).enumerate() {
        let reply = reply(step, said)
            .map_err(|errno| Error::new(Cause::Refused(errno)).of_step(index, step.name()))?;
        replies.push(reply);
    }
    Ok((replies, answer.version))
}

fn reply(step: &Step, said: StepAnswer) -> Result<StepReply, Errno> {
    let all = |entries: Vec<Pair>| {
        StepReply::Pairs(Page {
            entries,
            more: false,
        })
    };
    Ok(match (step, said) {
        (Step::Read(..), StepAnswer::Stat(_)) => StepReply::Bytes(Bytes::new()),
        (_, StepAnswer::Stat(stat)) => StepReply::Stat(stat),
        (Step::Read(_, length), StepAnswer::Data(mut data)) => {
            if let Some(length) = length {
                data.truncate(usize::try_from(*length).unwrap_or(usize::MAX));
            }
            StepReply::Bytes(data)
        }
        (Step::GetXattr(name), StepAnswer::Xattrs(pairs)) => {
            StepReply::Bytes(value_of(pairs, name).ok_or(Errno::ENODATA)?)
        }
        (_, StepAnswer::Xattrs(pairs)) => all(pairs),
        (Step::OmapGetKeys(_), StepAnswer::Omap(page)) => StepReply::Keys(page.map(|(key, _)| key)),
        (Step::OmapGetVal(key), StepAnswer::Omap(page)) => {
            StepReply::Bytes(value_of(page.entries, key).ok_or(Errno::ENOENT)?)
        }
        (_, StepAnswer::Omap(page)) => StepReply::Pairs(page),
        (_, StepAnswer::Called { ret, output }) => {
            StepReply::Exec(Box::new(ExecReply::of_cluster(ret, output, 0)))
        }
        _ => StepReply::Done,
    })
}

fn value_of(pairs: Vec<Pair>, name: &Bytes) -> Option<Bytes> {
    pairs
        .into_iter()
        .find_map(|(found, value)| (found == name).then_some(value))
}
