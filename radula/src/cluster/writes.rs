//! Operations with plain writes, assertions and calls.

use bytes::Bytes;
use ceph_client::{OperationError, Pool, WriteOperation};

use super::{
    Cluster,
    reads::{compare, not_in_librados},
    unsupported,
};
use crate::{
    ClusterError, Exclusive, ExecReply, StepReply,
    error::{Cause, Error},
    operation::Step,
};

pub(super) fn run(
    cluster: &Cluster,
    pool: &Pool,
    oid: &str,
    steps: &[Step],
) -> Result<(Vec<StepReply>, u64), Error> {
    let mut operation = WriteOperation::new(pool);
    for (index, step) in steps.iter().enumerate() {
        add(&mut operation, step).map_err(|error| error.of_step(index, step.name()))?;
    }
    let answer = operation
        .operate(pool, oid)
        .map_err(|error| cluster.failed(error, steps))?;
    let replies = steps
        .iter()
        .zip(answer.returned)
        .map(|(step, ret)| match step {
            Step::Exec(_) => StepReply::Exec(Box::new(ExecReply::of_cluster(ret, Bytes::new(), 0))),
            _ => StepReply::Done,
        });
    Ok((replies.collect(), answer.version))
}

fn add(operation: &mut WriteOperation, step: &Step) -> Result<(), Error> {
    let mut added: Result<(), OperationError> = Ok(());
    match step {
        Step::AssertExists => operation.assert_exists(),
        Step::AssertVersion(version) => operation.assert_version(*version),
        Step::CompareXattr(name, comparison, value) => {
            added = operation.compare_xattr(name, compare(*comparison), value);
        }
        Step::Create(exclusive) => operation.create(*exclusive == Exclusive::Yes),
        Step::Remove => operation.remove(),
        Step::Write(offset, data) => operation.write(*offset, data),
        Step::WriteFull(data) => operation.write_full(data),
        Step::Append(data) => operation.append(data),
        Step::Truncate(size) => operation.truncate(*size),
        Step::Zero(offset, length) => operation.zero(*offset, *length),
        Step::SetXattr(name, value) => added = operation.set_xattr(name, value),
        Step::RemoveXattr(name) => added = operation.remove_xattr(name),
        Step::OmapSet(entries) => operation.omap_set(entries),
        Step::OmapRemoveKeys(keys) => operation.omap_remove_keys(keys),
        Step::OmapRemoveRange(begin, end) => operation.omap_remove_range(begin, end),
        Step::OmapClear => operation.omap_clear(),
        Step::Exec(exec) => added = operation.exec(&exec.class, &exec.method, &exec.input),
        step => return Err(unsupported(not_in_librados(step))),
    }
    added.map_err(|error| match error {
        OperationError::Nul { what } => ClusterError::Nul { what }.into(),
        error => Cause::Refused(error.errno()).into(),
    })
}
