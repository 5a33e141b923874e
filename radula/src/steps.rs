//! Runs the steps of an operation on its transaction.

use objclass::{
    Errno, MethodFlags, ObjectError, ObjectRead as _, ObjectWrite as _, Page, PageLimit, Pair,
};
use runtime::CallHost;
use transaction::{Comparison, Transaction};

use crate::{
    call::Resolved,
    error::Error,
    operation::{Exec, Operation, Step, StepReply},
};

/// Bytes of one page of a listing; a longer listing says `more`.
const PAGE_BYTES: u64 = 16 << 20;

/// The steps of an operation with the methods its calls name: what it takes to know whether it writes.
pub(crate) struct Plan<'a> {
    steps: &'a [Step],
    /// One entry for each `exec` among the steps, in order.
    methods: Vec<Resolved>,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(operation: &'a Operation, host: &CallHost<'_>) -> Result<Self, Error> {
        let steps = operation.steps();
        let mut methods = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if let Step::Exec(exec) = step {
                let found = Resolved::find(host.loader(), &exec.class, &exec.method);
                methods.push(found.map_err(|error| error.of_step(index, step.name()))?);
            }
        }
        Ok(Self { steps, methods })
    }

    pub(crate) fn writes(&self) -> bool {
        self.steps.iter().any(Step::writes)
            || self
                .methods
                .iter()
                .any(|method| method.flags.contains(MethodFlags::WR))
    }

    pub(crate) fn run(
        &self,
        transaction: &mut Transaction,
        host: &CallHost<'_>,
    ) -> Result<Vec<StepReply>, Error> {
        let mut methods = self.methods.iter();
        let mut replies = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            transaction.set_subop(u32::try_from(index).unwrap_or(u32::MAX));
            let reply = match (step, methods.as_slice()) {
                (Step::Exec(exec), [method, ..]) => {
                    methods.next();
                    exec_step(method, exec, transaction, host)
                }
                (step, _) => plain_step(step, transaction).map_err(Error::from),
            };
            replies.push(reply.map_err(|error| error.of_step(index, step.name()))?);
        }
        Ok(replies)
    }
}

fn exec_step(
    method: &Resolved,
    exec: &Exec,
    transaction: &mut Transaction,
    host: &CallHost<'_>,
) -> Result<StepReply, Error> {
    method
        .run(transaction, host, &exec.input, &exec.options)
        .map(|reply| StepReply::Exec(Box::new(reply)))
        .map_err(|error| error.of_method(&exec.class, &exec.method))
}

fn plain_step(step: &Step, object: &mut Transaction) -> Result<StepReply, ObjectError> {
    let page = |entries: u64| PageLimit {
        entries,
        bytes: PAGE_BYTES,
    };
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
        Step::Read(offset, length) => return Ok(StepReply::Bytes(object.read(*offset, *length)?)),
        Step::GetXattr(name) => return Ok(StepReply::Bytes(object.xattr(name)?)),
        Step::GetXattrs => return Ok(all(object.xattrs()?)),
        Step::OmapGetKeys(start_after, max) => {
            return Ok(StepReply::Keys(object.omap_keys(start_after, page(*max))?));
        }
        Step::OmapGetVals(start_after, prefix, max) => {
            let found = object.omap_vals(start_after, prefix, page(*max))?;
            return Ok(StepReply::Pairs(found));
        }
        Step::OmapGetVal(key) => return Ok(StepReply::Bytes(object.omap_val(key)?)),
        Step::OmapGetValsByKeys(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
            return Ok(all(object.omap_vals_by_keys(&keys)?));
        }
        Step::OmapGetHeader => return Ok(StepReply::Bytes(object.omap_header()?)),
        Step::Create(exclusive) => object.create(*exclusive)?,
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
        // Reached only by a plan with fewer methods than calls, which `Plan::of` does not make.
        Step::Exec(_) => return Err(Errno::EOPNOTSUPP.into()),
    }
    Ok(StepReply::Done)
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
