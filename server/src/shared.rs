//! What all connections of a server share.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use crate::{
    cluster::Cluster,
    lanes::Lanes,
    link::Role,
    objects::Objects,
    osd::{Results, Watches},
    wire::Address,
};

/// The nonce of the OSD, which tells its address from the monitor's. Constant, so that clients find it again after a
/// restart.
pub(crate) const OSD_NONCE: u32 = 1;

/// What all connections of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) cluster: Cluster,
    pub(crate) objects: Objects,
    pub(crate) lanes: Lanes,
    pub(crate) results: Results,
    pub(crate) watches: Watches,
    pub(crate) stop: watch::Sender<bool>,
    /// Bytes a connection to the OSD may keep in memory.
    pub(crate) connection_room: usize,
    pub(crate) socket: SocketAddr,
    pub(crate) global_seq: AtomicU64,
}

/// Where the OSD is, for clients that reach the monitor at `socket`.
pub(crate) fn osd_address(socket: SocketAddr) -> Address {
    Address::msgr2(socket, OSD_NONCE)
}

impl Shared {
    /// Where clients reach us in this role.
    pub(crate) fn address(&self, role: Role) -> Address {
        match role {
            Role::Mon => Address::msgr2(self.socket, 0),
            Role::Osd => osd_address(self.socket),
        }
    }

    /// The number of a new connection.
    pub(crate) fn next_global_seq(&self) -> u64 {
        self.global_seq.fetch_add(1, Ordering::Relaxed)
    }
}
