//! A pool in the map.

use std::collections::BTreeMap;

use radula::Timestamp;
use serde::{Deserialize, Serialize};

use crate::wire::Writer;

/// Placement hashes the pool's number in; without it clients place differently.
const FLAG_HASHPSPOOL: u64 = 1;
pub(crate) const FLAG_EC_OVERWRITES: u64 = 4;
pub(crate) const FLAG_NODELETE: u64 = 1 << 4;
pub(crate) const FLAG_NOPGCHANGE: u64 = 1 << 5;
pub(crate) const FLAG_NOSIZECHANGE: u64 = 1 << 6;
pub(crate) const FLAG_EIO: u64 = 1 << 16;

/// Flags that `osd pool set` sets, by its names for them. Those that nothing here reads are advice, or about what a
/// single copy does not have.
pub(crate) const SETTABLE: &[(&str, u64)] = &[
    ("allow_ec_overwrites", FLAG_EC_OVERWRITES),
    ("nodelete", FLAG_NODELETE),
    ("nopgchange", FLAG_NOPGCHANGE),
    ("nosizechange", FLAG_NOSIZECHANGE),
    ("write_fadvise_dontneed", 1 << 7),
    ("noscrub", 1 << 8),
    ("nodeep-scrub", 1 << 9),
    ("eio", FLAG_EIO),
    ("bulk", 1 << 17),
];

/// Writes that need room wait.
const FLAG_FULL: u64 = 1 << 1;
/// A quota is used up.
const FLAG_FULL_QUOTA: u64 = 1 << 10;

/// What kind of pool clients asked for. All pools are kept alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PoolKind {
    #[default]
    Replicated,
    /// A label: appends must be aligned, and there is no omap.
    Erasure,
}

/// Append alignment of an "erasure" pool.
const STRIPE_WIDTH: u32 = 8192;

/// Tags of an application: its own keys and values.
pub(crate) type Tags = BTreeMap<String, String>;

/// A pool as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MapPool {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Its name in the store, when that is another one.
    #[serde(default)]
    pub(crate) stored_as: Option<String>,
    pub(crate) kind: PoolKind,
    pub(crate) size: u8,
    pub(crate) pg_num: u32,
    pub(crate) flags: u64,
    /// Epoch of the last change.
    pub(crate) changed: u32,
    pub(crate) created: u64,
    pub(crate) applications: BTreeMap<String, Tags>,
    #[serde(default)]
    pub(crate) quota: Quota,
}

/// How much a pool may have; 0 is any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quota {
    pub(crate) bytes: u64,
    pub(crate) objects: u64,
}

impl Quota {
    pub(crate) fn is_set(self) -> bool {
        self != Self::default()
    }

    /// Whether a pool with so much is full.
    pub(crate) fn is_reached(self, objects: u64, bytes: u64) -> bool {
        self.objects > 0 && objects >= self.objects || self.bytes > 0 && bytes >= self.bytes
    }
}

impl MapPool {
    /// The alignment of appends that clients are told, 0 for none.
    pub(crate) fn stripe_width(&self) -> u32 {
        match self.kind {
            PoolKind::Replicated => 0,
            PoolKind::Erasure => STRIPE_WIDTH,
        }
    }

    /// Its name in the store.
    pub(crate) fn stored(&self) -> &str {
        self.stored_as.as_deref().unwrap_or(&self.name)
    }

    /// After how many bytes data may be appended, in a pool where it cannot be overwritten.
    pub(crate) fn alignment(&self) -> Option<u64> {
        let is_append_only = self.kind == PoolKind::Erasure && self.flags & FLAG_EC_OVERWRITES == 0;
        is_append_only.then_some(u64::from(STRIPE_WIDTH))
    }

    /// Whether its quota is used up.
    pub(crate) fn is_full(&self) -> bool {
        self.flags & FLAG_FULL_QUOTA != 0
    }

    pub(crate) fn set_full(&mut self, is_full: bool) {
        match is_full {
            true => self.flags |= FLAG_FULL | FLAG_FULL_QUOTA,
            false => self.flags &= !(FLAG_FULL | FLAG_FULL_QUOTA),
        }
    }

    /// The names of its flags, as `ceph` prints them.
    pub(crate) fn flag_names(&self) -> String {
        let own = [
            ("hashpspool", FLAG_HASHPSPOOL),
            ("full", FLAG_FULL),
            ("full_quota", FLAG_FULL_QUOTA),
        ];
        let mut names: Vec<_> = own.iter().chain(SETTABLE).collect();
        names.sort_by_key(|(_, flag)| *flag);
        let flags = self.flags | FLAG_HASHPSPOOL;
        let set = names.iter().filter(|(_, flag)| flags & flag != 0);
        let name = |name: &str| name.trim_start_matches("allow_").to_owned();
        set.map(|(text, _)| name(text))
            .collect::<Vec<_>>()
            .join(",")
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.block(29, 5, |writer| self.write_fields(writer));
    }

    fn write_fields(&self, writer: &mut Writer) {
        let created = Timestamp(self.created);
        let kind = match self.kind {
            PoolKind::Replicated => 1,
            PoolKind::Erasure => 3,
        };
        // Rule and hash function; no local pgs.
        writer.u8(kind).u8(self.size).u8(0).u8(2);
        writer.u32(self.pg_num).u32(self.pg_num).u32(0).u32(0);
        writer.u32(self.changed);
        // No snapshots: sequence, epoch, named ones, removed ones.
        writer.u64(0).u32(0).u32(0).u32(0);
        writer.u64(0).u64(self.flags | FLAG_HASHPSPOOL).u32(0);
        // Least size, quotas.
        writer.u8(1).u64(self.quota.bytes).u64(self.quota.objects);
        // No tiers, no properties, no hit set.
        writer.u32(0).i64(-1).u8(0).i64(-1).i64(-1);
        writer.u32(0);
        writer.block(1, 1, |writer| {
            writer.u8(0);
        });
        writer.u32(0).u32(0).u32(self.stripe_width());
        // Cache targets, no erasure code profile.
        writer.u64(0).u64(0).u32(400_000).u32(800_000);
        writer.u32(0).u32(0).bytes("");
        // Resend epoch, recency, expected objects, cache and scrub settings.
        writer.u32(0).i32(0).u64(0).u32(600_000).i32(0);
        writer.bool(true).bool(false).i32(0).u32(0);
        writer.block(2, 1, |writer| {
            writer.u32(0);
        });
        writer.u32(0);
        writer.count(self.applications.len());
        for (application, tags) in &self.applications {
            writer.bytes(application).count(tags.len());
            for (key, value) in tags {
                writer.bytes(key).bytes(value);
            }
        }
        writer.time(created);
        // Targets, pending, forced resends, autoscaling off.
        writer.u32(self.pg_num).u32(self.pg_num).u32(self.pg_num);
        writer.u32(0).u32(0).u32(0).u8(0);
        // No pg merge ever happened.
        writer.block(1, 1, |writer| {
            write_pg(writer, 0, 0);
            writer.zeros(4 * 3 + 2 * 12);
        });
    }
}

/// A placement group.
pub(crate) fn write_pg(writer: &mut Writer, pool: u64, seed: u32) {
    writer.u8(1).u64(pool).u32(seed).i32(-1);
}
