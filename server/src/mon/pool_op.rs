//! Pools created and deleted through librados' own calls (`MPoolOp`).

use radula::Errno;

use super::messages::{skip_prefix, write_prefix};
use crate::{
    cluster::NewPool,
    link::{Incoming, Outgoing},
    shared::Shared,
    wire::{Malformed, Reader},
};

const REPLY: u16 = 48;
const CREATE: u32 = 0x01;
const DELETE: u32 = 0x02;

pub(super) fn run(shared: &Shared, message: &Incoming) -> Result<Outgoing, Malformed> {
    let mut front = Reader::new(&message.front);
    skip_prefix(&mut front)?;
    front.take(16)?;
    let (pool, what) = (front.u32()?, front.u32()?);
    front.take(16)?;
    let name = front.text()?;
    let done = match what {
        CREATE => shared
            .cluster
            .create_pool(&NewPool::named(name))
            .map(|(_, epoch)| epoch),
        DELETE => delete(shared, u64::from(pool)),
        // Snapshots, which are not there.
        _ => Err(Errno::EOPNOTSUPP),
    };
    let (code, epoch) = match done {
        Ok(epoch) => (0, epoch),
        Err(errno) => (-errno.code(), shared.cluster.view().epoch()),
    };
    let fsid = shared.cluster.fsid();
    Ok(Outgoing::new(REPLY, (1, 1), message.tid, |writer| {
        write_prefix(writer);
        writer.raw(&fsid).i32(code).u32(epoch).bool(false);
    }))
}

fn delete(shared: &Shared, id: u64) -> Result<u32, Errno> {
    let view = shared.cluster.view();
    let pool = view.pool(id).ok_or(Errno::ENOENT)?;
    let epoch = shared.cluster.delete_pool(&pool.map.name)?;
    shared.results.forget(id);
    Ok(epoch)
}
