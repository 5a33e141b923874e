//! Commands that tell how the cluster is.

use radula::store::PoolUsage;
use serde_json::{Value, json};

use super::{Answer, Arguments, VERSION};
use crate::{
    cluster::View,
    link::Role,
    maps::{MapPool, PoolKind},
    shared::Shared,
};

pub(super) fn healthy() -> Value {
    json!({ "status": "HEALTH_OK", "checks": {}, "mutes": [] })
}

pub(super) fn health(arguments: &Arguments) -> Answer {
    arguments.print(&healthy(), || "HEALTH_OK".to_owned())
}

pub(super) fn mon_status(view: &View) -> Value {
    json!({
        "name": "a", "rank": 0, "state": "leader", "quorum": [0], "quorum_names": ["a"],
        "quorum_leader_name": "a", "election_epoch": 1,
        "monmap": {
            "epoch": 1, "fsid": view.record.fsid_text(), "mons": [{ "rank": 0, "name": "a" }],
        },
    })
}

fn address(shared: &Shared, role: Role) -> String {
    let address = shared.address(role);
    format!("{}/{}", shared.socket, address.nonce)
}

pub(super) fn mon_dump(shared: &Shared, view: &View, arguments: &Arguments) -> Answer {
    let address = address(shared, Role::Mon);
    let vector = json!([{ "type": "v2", "addr": shared.socket.to_string(), "nonce": 0 }]);
    let value = json!({
        "epoch": 1, "fsid": view.record.fsid_text(), "min_mon_release_name": "pacific",
        "mons": [{
            "rank": 0, "name": "a", "addr": address, "public_addr": address,
            "public_addrs": { "addrvec": vector },
        }],
        "quorum": [0],
    });
    arguments.print(&value, || {
        format!(
            "epoch 1\nfsid {}\n0: v2:{address} mon.a\n",
            view.record.fsid_text()
        )
    })
}

fn pool(pool: &MapPool) -> Value {
    json!({
        "pool": pool.id, "pool_name": pool.name,
        "type": match pool.kind { PoolKind::Replicated => 1, PoolKind::Erasure => 3 },
        "size": pool.size, "min_size": 1, "crush_rule": 0, "object_hash": 2,
        "pg_num": pool.pg_num, "pg_placement_num": pool.pg_num, "pg_num_target": pool.pg_num,
        "flags": pool.flags | 1, "flags_names": pool.flag_names(),
        "stripe_width": pool.stripe_width(), "quota_max_bytes": pool.quota.bytes, "quota_max_objects": pool.quota.objects,
        "tiers": [], "tier_of": -1, "read_tier": -1, "write_tier": -1, "cache_mode": "none",
        "snap_seq": 0, "pool_snaps": [], "last_change": pool.changed.to_string(),
        "application_metadata": pool.applications, "erasure_code_profile": "", "options": {},
    })
}

pub(super) fn osd_dump(shared: &Shared, view: &View, arguments: &Arguments) -> Answer {
    let address = address(shared, Role::Osd);
    let record = &view.record;
    let blocklist = super::blocklist::entries(view);
    let value = json!({
        "epoch": record.epoch, "fsid": record.fsid_text(), "flags": "sortbitwise",
        "max_osd": 1, "pool_max": record.last_pool, "require_osd_release": "pacific",
        "require_min_compat_client": "luminous", "min_compat_client": "luminous",
        "pools": record.pools.iter().map(pool).collect::<Value>(),
        "osds": [{
            "osd": 0, "up": 1, "in": 1, "weight": 1.0, "primary_affinity": 1.0,
            "public_addr": address, "state": ["exists", "up"],
        }],
        "erasure_code_profiles": {}, "pg_upmap": [], "pg_upmap_items": [], "pg_temp": [],
        "blocklist": blocklist,
    });
    arguments.print(&value, || {
        let pools = record.pools.iter().map(|pool| {
            format!(
                "pool {} '{}' pg_num {} flags {}\n",
                pool.id,
                pool.name,
                pool.pg_num,
                pool.flag_names()
            )
        });
        let pools: String = pools.collect();
        format!(
            "epoch {}\nfsid {}\nmax_osd 1\n{pools}osd.0 up in {address}\n",
            record.epoch,
            record.fsid_text()
        )
    })
}

pub(super) fn osd_stat(view: &View, arguments: &Arguments) -> Answer {
    let epoch = view.epoch();
    let value = json!({ "epoch": epoch, "num_osds": 1, "num_up_osds": 1, "num_in_osds": 1, "num_remapped_pgs": 0 });
    arguments.print(&value, || format!("1 osds: 1 up, 1 in; epoch: e{epoch}"))
}

fn pgs(view: &View) -> u64 {
    view.record
        .pools
        .iter()
        .map(|pool| u64::from(pool.pg_num))
        .sum()
}

pub(super) fn status(view: &View, arguments: &Arguments) -> Answer {
    let (fsid, pgs) = (view.record.fsid_text(), pgs(view));
    let value = json!({
        "fsid": fsid, "health": healthy(), "election_epoch": 1, "quorum": [0], "quorum_names": ["a"],
        "monmap": { "epoch": 1, "min_mon_release_name": "pacific", "num_mons": 1 },
        "osdmap": { "epoch": view.epoch(), "num_osds": 1, "num_up_osds": 1, "num_in_osds": 1, "num_remapped_pgs": 0 },
        "pgmap": {
            "pgs_by_state": [{ "state_name": "active+clean", "count": pgs }],
            "num_pgs": pgs, "num_pools": view.record.pools.len(),
        },
        "mgrmap": { "available": false, "num_standbys": 0, "modules": [], "services": {} },
        "servicemap": { "epoch": 1, "services": {} }, "progress_events": {},
    });
    arguments.print(&value, || {
        format!(
            "  cluster:\n    id:     {fsid}\n    health: HEALTH_OK\n\n  services:\n    mon: 1 daemons, quorum a\n    \
             mgr: none (radula)\n    osd: 1 osds: 1 up, 1 in\n\n  data:\n    pools:   {} pools, {pgs} pgs\n",
            view.record.pools.len()
        )
    })
}

pub(super) fn df(shared: &Shared, view: &View, arguments: &Arguments) -> Answer {
    let mut pools = Vec::new();
    let mut lines = format!("{VERSION}\nPOOL ID OBJECTS BYTES\n");
    let mut total = 0;
    for pool in &view.record.pools {
        let PoolUsage {
            objects,
            bytes,
            omap_bytes,
        } = shared.objects.usage(pool.stored())?;
        let bytes = bytes + omap_bytes;
        total += bytes;
        lines.push_str(&format!("{} {} {objects} {bytes}\n", pool.name, pool.id));
        pools.push(json!({
            "name": pool.name, "id": pool.id,
            "stats": { "stored": bytes, "objects": objects, "kb_used": bytes.div_ceil(1024), "bytes_used": bytes },
        }));
    }
    let value = json!({ "stats": { "total_used_bytes": total }, "pools": pools });
    arguments.print(&value, || lines)
}
