//! The messages a monitor sends on its own or for a subscription.

use crate::{
    cluster::View,
    link::Outgoing,
    maps::{mgr_map, mon_map},
    shared::Shared,
    wire::{Reader, Writer},
};

const MON_MAP: u16 = 4;
const OSD_MAP: u16 = 41;
const CONFIG: u16 = 62;
const MGR_MAP: u16 = 0x704;

pub(super) fn mon_map_message(shared: &Shared, view: &View) -> Outgoing {
    let record = &view.record;
    let map = mon_map(
        &record.fsid,
        radula::Timestamp(record.created),
        shared.address(crate::link::Role::Mon),
    );
    Outgoing::new(MON_MAP, (1, 1), 0, |writer| {
        writer.bytes(&map);
    })
}

/// A full map is a complete answer: a client that lacks older ones goes on from it.
pub(crate) fn osd_map_message(view: &View) -> Outgoing {
    Outgoing::new(OSD_MAP, (4, 3), 0, |writer| {
        writer.raw(&view.record.fsid).u32(0);
        writer.u32(1).u32(view.epoch()).bytes(&view.osd_map);
        writer.u32(view.epoch()).u32(view.epoch()).u32(0);
    })
}

/// Central configuration: none. Clients wait for it.
pub(super) fn config_message() -> Outgoing {
    Outgoing::new(CONFIG, (1, 1), 0, |writer| {
        writer.u32(0);
    })
}

pub(super) fn mgr_map_message() -> Outgoing {
    let map = mgr_map();
    Outgoing::new(MGR_MAP, (1, 1), 0, |writer| {
        writer.raw(&map);
    })
}

/// What most messages to and from a monitor begin with.
pub(super) fn write_prefix(writer: &mut Writer) {
    writer.u64(0).i16(-1).u64(0);
}

pub(super) fn skip_prefix(reader: &mut Reader<'_>) -> Result<(), crate::wire::Malformed> {
    reader.take(18).map(drop)
}
