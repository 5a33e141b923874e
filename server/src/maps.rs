//! What clients are told of the cluster they see: one monitor, one OSD, our pools.

mod crush;
mod mgr_map;
mod mon_map;
mod osd_map;
mod pool;

pub(crate) use mgr_map::mgr_map;
pub(crate) use mon_map::mon_map;
pub(crate) use osd_map::{OsdMap, osd_map};
pub(crate) use pool::{
    FLAG_EIO, FLAG_NODELETE, FLAG_NOPGCHANGE, FLAG_NOSIZECHANGE, MapPool, PoolKind, Quota,
    SETTABLE, Tags, write_pg,
};

/// 16 bytes that name a cluster.
pub(crate) type Fsid = [u8; 16];

/// Features we have: every bit of a 17.x daemon. Newer bits would make clients encode requests in newer ways.
pub(crate) const FEATURES: u64 = 0x3f01_cfbf_7ffd_ffff;
/// Address vectors, without which nothing can be read.
pub(crate) const REQUIRED_FEATURES: u64 = 1 << 59;
/// The release we claim to be (Pacific).
const RELEASE: u8 = 16;

#[cfg(test)]
mod tests;
