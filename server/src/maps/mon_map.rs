//! The map of monitors: this process.

use radula::Timestamp;

use super::{Fsid, RELEASE};
use crate::wire::{Address, Writer};

/// Features of the monitors as of Quincy; clients ask for two of them.
const PERSISTENT_FEATURES: u64 = 0x1f;

pub(crate) fn mon_map(fsid: &Fsid, created: Timestamp, address: Address) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.block(9, 6, |writer| {
        writer.raw(fsid).u32(1).time(created).time(created);
        for features in [PERSISTENT_FEATURES, 0] {
            writer.block(1, 1, |writer| {
                writer.u64(features);
            });
        }
        writer.u32(1).bytes("a").block(5, 1, |writer| {
            writer.bytes("a");
            address.write_vector(writer);
            // Priority, weight, no location.
            writer.u16(0).u16(0).u32(0);
        });
        // Ranks, release, no removed ranks, election strategy, none disallowed, no stretch mode.
        writer.u32(1).bytes("a").u8(RELEASE).u32(0).u8(1).u32(0);
        writer.bool(false).bytes("").u32(0);
    });
    writer.into_vec()
}
