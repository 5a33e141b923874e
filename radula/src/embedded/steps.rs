//! Runs the steps of an operation on its transaction.

use objclass::{
    Errno, MethodFlags, ObjectError, ObjectRead as _, ObjectWrite as _, Page, PageLimit, Pair,
};
use runtime::{CallHost, Callable};
use transaction::{Comparison, Transaction};

use super::{Embedded, run};
use crate::{
    error::Error,
    operation::{Exclusive, OmapRange, Operation, Step, StepReply},
};

/// Bytes of one page of a listing; a longer listing says `more`.
const PAGE_BYTES: u64 = 16 << 20;

/// The steps of an operation with the methods its calls name: what it takes to know whether it writes.
pub(super) struct Plan<'a> {
    steps: &'a [Step],
    /// One entry for each `exec` among the steps, in order.
    methods: Vec<Callable>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(operation: &'a Operation, embedded: &Embedded) -> Result<Self, Error> {
        let steps = operation.steps();
        let mut methods = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if let Step::Exec(exec) = step {
                let found = embedded.find(&exec.class, &exec.method);
                methods.push(found.map_err(|error| of_step(error, index, step))?);
            }
        }
        Ok(Self { steps, methods })
    }

    pub(super) fn writes(&self) -> bool {
        let writes = |method: &Callable| method.flags.contains(MethodFlags::WR);
        self.steps.iter().any(Step::writes) || self.methods.iter().any(writes)
    }

    pub(super) fn run(
        &self,
        transaction: &mut Transaction,
        host: &CallHost<'_>,
    ) -> Result<Vec<StepReply>, Error> {
        let mut methods = self.methods.iter();
        let mut replies = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            transaction.set_subop(u32::try_from(index).unwrap_or(u32::MAX));
            let reply = match step {
                Step::Exec(exec) => {
                    let Some(method) = methods.next() else {
                        unreachable!("a plan has a method for each of its calls");
                    };
                    run(method, transaction, host, &exec.call())
                        .map(|reply| StepReply::Exec(Box::new(reply)))
                }
                step => plain_step(step, transaction).map_err(Error::from),
            };
            replies.push(reply.map_err(|error| of_step(error, index, step))?);
        }
        Ok(replies)
    }
}

/// The error of a step, which names the method when the step is a call.
fn of_step(error: Error, index: usize, step: &Step) -> Error {
    let error = error.of_step(index, step.name());
    match step {
        Step::Exec(exec) => error.of_method(&exec.class, &exec.method),
        _ => error,
    }
}

fn plain_step(step: &Step, object: &mut Transaction) -> Result<StepReply, ObjectError> {
    let all = |entries: Vec<Pair>| {
        StepReply::Pairs(Page {
            entries,
            more: false,
        })
    };
    match step {
        Step::AssertExists => object.assert_exists()?,
        Step::AssertVersion(version) => object.assert_version(*version)?,
        Step::CompareXattr(name, comparison, value) => {
            object.compare_xattr(name, *comparison, value)?;
        }
        Step::CompareXattrNumber(name, comparison, value) => {
            compare_number(object, name, *comparison, *value)?;
        }
        Step::Stat => return Ok(StepReply::Stat(object.stat()?)),
        Step::Read(offset, length) => return Ok(StepReply::Bytes(read(object, *offset, *length)?)),
        Step::GetXattr(name) => return Ok(StepReply::Bytes(object.xattr(name)?)),
        Step::GetXattrs => return Ok(all(object.xattrs()?)),
        Step::OmapGetKeys(range) => return Ok(StepReply::Keys(keys(object, range)?)),
        Step::OmapGetVals(range) => {
            let found = object.omap_vals(&range.after, &range.prefix, page(range.max))?;
            return Ok(StepReply::Pairs(found));
        }
        Step::OmapGetVal(key) => return Ok(StepReply::Bytes(object.omap_val(key)?)),
        Step::OmapGetValsByKeys(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
            return Ok(all(object.omap_vals_by_keys(&keys)?));
        }
        Step::OmapGetHeader => return Ok(StepReply::Bytes(object.omap_header()?)),
        Step::Create(exclusive) => object.create(*exclusive == Exclusive::Yes)?,
        Step::Remove => object.remove()?,
        Step::Write(offset, data) => object.write(*offset, data.clone())?,
        Step::WriteFull(data) => object.write_full(data.clone())?,
        Step::Append(data) => object.append(data.clone())?,
        Step::Truncate(size) => object.truncate(*size)?,
        Step::Zero(offset, length) => object.zero(*offset, *length)?,
        Step::SetXattr(name, value) => object.set_xattr(name, value.clone())?,
        Step::RemoveXattr(name) => object.remove_xattr(name)?,
        Step::OmapSet(entries) => {
            let entries: Vec<(&[u8], _)> = entries
                .iter()
                .map(|(key, value)| (key.as_ref(), value.clone()))
                .collect();
            object.omap_set(&entries)?;
        }
        Step::OmapRemoveKeys(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
            object.omap_remove(&keys)?;
        }
        Step::OmapRemoveRange(begin, end) => object.omap_remove_range(begin, end)?,
        Step::OmapClear => object.omap_clear()?,
        Step::OmapSetHeader(header) => object.omap_set_header(header.clone())?,
        Step::Exec(_) => unreachable!("a call is run with its method, not here"),
    }
    Ok(StepReply::Done)
}

fn page(entries: u64) -> PageLimit {
    PageLimit {
        entries,
        bytes: PAGE_BYTES,
    }
}

/// Reads a range; the contract's length 0 means to the end.
fn read(
    object: &mut Transaction,
    offset: u64,
    length: Option<u64>,
) -> Result<bytes::Bytes, ObjectError> {
    match length {
        Some(0) => object.stat().map(|_| bytes::Bytes::new()),
        length => object.read(offset, length.unwrap_or(0)),
    }
}

fn keys(object: &mut Transaction, range: &OmapRange) -> Result<Page<bytes::Bytes>, ObjectError> {
    if range.prefix.is_empty() {
        return object.omap_keys(&range.after, page(range.max));
    }
    let found = object.omap_vals(&range.after, &range.prefix, page(range.max))?;
    Ok(found.map(|(key, _)| key))
}

/// RADOS's `cmpxattr` in its number mode: decimal digits, a missing or empty xattr is 0.
fn compare_number(
    object: &mut Transaction,
    name: &[u8],
    comparison: Comparison,
    value: u64,
) -> Result<(), ObjectError> {
    let current = match object.xattr(name) {
        Ok(current) => current,
        Err(ObjectError::Errno(Errno::ENODATA)) => bytes::Bytes::new(),
        Err(error) => return Err(error),
    };
    let current: u64 = if current.is_empty() {
        0
    } else {
        std::str::from_utf8(&current)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(Errno::EINVAL)?
    };
    if comparison.holds(&value, &current) {
        Ok(())
    } else {
        Err(Errno::ECANCELED.into())
    }
}
