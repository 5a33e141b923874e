//! How much is in the pools (`MStatfs`, `MGetPoolStats`).

use radula::{Errno, store::PoolUsage};

use super::messages::{skip_prefix, write_prefix};
use crate::{
    link::{Incoming, Outgoing},
    shared::Shared,
    wire::{Malformed, Reader, Writer},
};

const STATFS_REPLY: u16 = 14;
const POOL_STATS_REPLY: u16 = 59;
const KIB: u64 = 1024;
/// Bytes that clients are told there is room for: the store ends where its disk does.
const CAPACITY: u64 = 1 << 50;

pub(super) fn statfs(shared: &Shared, message: &Incoming) -> Result<Outgoing, Malformed> {
    let mut front = Reader::new(&message.front);
    skip_prefix(&mut front)?;
    front.take(16)?;
    let pool = match front.remaining() > 0 && front.bool()? {
        true => Some(front.u64()?),
        false => None,
    };
    let view = shared.cluster.view();
    let (mut objects, mut bytes) = (0, 0);
    for of_pool in &view.record.pools {
        if pool.is_none_or(|pool| pool == of_pool.id) {
            let usage = shared.objects.usage(of_pool.stored());
            let usage = usage.unwrap_or_else(unknown);
            objects += usage.objects;
            bytes += usage.bytes + usage.omap_bytes;
        }
    }
    Ok(Outgoing::new(STATFS_REPLY, (1, 1), message.tid, |writer| {
        writer.raw(&view.record.fsid).u64(u64::from(view.epoch()));
        writer.u64(CAPACITY / KIB).u64(bytes.div_ceil(KIB));
        writer
            .u64(CAPACITY.saturating_sub(bytes) / KIB)
            .u64(objects);
    }))
}

fn unknown(errno: Errno) -> PoolUsage {
    tracing::error!("a pool could not be counted: {errno}");
    PoolUsage::default()
}

pub(super) fn pools(shared: &Shared, message: &Incoming) -> Result<Outgoing, Malformed> {
    let mut front = Reader::new(&message.front);
    skip_prefix(&mut front)?;
    front.take(16)?;
    let view = shared.cluster.view();
    let mut found = Vec::new();
    for _ in 0..front.count(4)? {
        let name = front.text()?;
        if let Some(pool) = view.pool_named(name) {
            let usage = shared.objects.usage(pool.map.stored());
            found.push((name, usage.unwrap_or_else(unknown)));
        }
    }
    found.sort_by_key(|(name, _)| *name);
    Ok(Outgoing::new(
        POOL_STATS_REPLY,
        (2, 1),
        message.tid,
        |writer| {
            write_prefix(writer);
            writer.raw(&view.record.fsid).count(found.len());
            for (name, usage) in &found {
                writer.bytes(name);
                write_pool(writer, usage);
            }
            writer.bool(true);
        },
    ))
}

fn write_pool(writer: &mut Writer, usage: &PoolUsage) {
    let PoolUsage { objects, bytes, .. } = *usage;
    let stored = bytes + usage.omap_bytes;
    writer.block(7, 5, |writer| {
        writer.block(2, 2, |writer| {
            writer.block(20, 14, |writer| {
                // Bytes, objects, clones, copies; then what ails them and what was read and written.
                writer.u64(bytes).u64(objects).u64(0).u64(objects);
                writer.zeros(24 * 8 + 4 * 4 + 8 * 8);
            });
            writer.u32(0);
        });
        writer.i64(0).i64(0).i32(1).i32(1);
        writer.block(1, 1, |writer| {
            writer.u64(CAPACITY).u64(CAPACITY.saturating_sub(stored));
            writer.u64(0).u64(stored).u64(stored).zeros(5 * 8);
        });
        writer.i32(1);
    });
}
