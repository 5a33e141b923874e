//! The map of OSDs and pools.

use radula::Timestamp;

use super::{FEATURES, Fsid, MapPool, RELEASE, crush::crush};
use crate::wire::{Address, Writer};

/// Sort bitwise, require jewel, kraken, luminous, recovery deletes, purged snapdirs, log hard limit.
const FLAGS: u32 = 1 << 15 | 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 22;
/// Exists and is up.
const OSD_STATE: u32 = 3;
const WEIGHT: u32 = 0x10000;
/// The oldest clients served (Luminous).
const MIN_CLIENT: u8 = 12;

/// What a map of OSDs is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OsdMap<'a> {
    pub(crate) fsid: &'a Fsid,
    pub(crate) epoch: u32,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) address: Address,
    pub(crate) pools: &'a [MapPool],
    /// The highest number a pool ever had.
    pub(crate) last_pool: u64,
    /// Clients that are shut out, and until when.
    pub(crate) blocklist: &'a [(Address, Timestamp)],
}

pub(crate) fn osd_map(map: &OsdMap<'_>) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.checked_block(8, 7, |writer| {
        writer.block(9, 1, |writer| client_section(writer, map));
        writer.block(9, 1, |writer| osd_section(writer, map));
    });
    writer.into_vec()
}

fn client_section(writer: &mut Writer, map: &OsdMap<'_>) {
    writer.raw(map.fsid).u32(map.epoch);
    writer.time(map.created).time(map.modified);
    writer.count(map.pools.len());
    for pool in map.pools {
        writer.u64(pool.id);
        pool.write(writer);
    }
    writer.count(map.pools.len());
    for pool in map.pools {
        writer.u64(pool.id).bytes(&pool.name);
    }
    writer.i32(i32::try_from(map.last_pool).unwrap_or(i32::MAX));
    writer.u32(FLAGS).i32(1);
    writer.u32(1).u32(OSD_STATE).u32(1).u32(WEIGHT);
    writer.u32(1);
    map.address.write_vector(writer);
    // No temporary mappings, no affinities.
    writer.zeros(12);
    writer.bytes(crush());
    // No erasure code profiles, no mappings by hand; version of the crush map; no snapshots removed.
    writer.zeros(12).u32(1).zeros(8);
    writer.time(map.created).time(map.created);
}

fn osd_section(writer: &mut Writer, map: &OsdMap<'_>) {
    writer.u32(1);
    map.address.write_vector(writer);
    // When the OSD was clean and up: since the first epoch.
    writer
        .u32(1)
        .u8(1)
        .u32(0)
        .u32(0)
        .u32(1)
        .u32(1)
        .u32(0)
        .u32(0);
    writer.count(map.blocklist.len());
    for (address, until) in map.blocklist {
        address.write(writer);
        writer.time(*until);
    }
    writer.u32(1);
    map.address.write_vector(writer);
    writer.u32(0).bytes("").u32(1).raw(map.fsid);
    writer.u32(1).block(4, 1, |writer| {
        writer
            .zeros(8)
            .u32(0)
            .u32(0)
            .u64(FEATURES)
            .u32(0)
            .zeros(8)
            .u32(0);
    });
    writer.u32(1);
    map.address.write_vector(writer);
    writer
        .f32(0.85)
        .f32(0.95)
        .f32(0.9)
        .u8(MIN_CLIENT)
        .u8(RELEASE);
    writer.zeros(12);
}
