//! What is kept of a cluster.

use std::{io, net::SocketAddr};

use radula::{Errno, Timestamp};
use serde::{Deserialize, Serialize};

use super::{NewPool, pools::LONGEST_NAME};
use crate::{
    maps::{Fsid, MapPool, Quota},
    wire::{Address, Kind},
};

/// What is kept of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) fsid: Fsid,
    /// Nanoseconds since 1970, as all times here.
    pub(crate) created: u64,
    pub(crate) modified: u64,
    /// Of the newest map. Only grows.
    pub(crate) epoch: u32,
    /// The highest number a pool ever had.
    pub(crate) last_pool: u64,
    /// In the order of their numbers.
    pub(crate) pools: Vec<MapPool>,
    /// Pools whose objects are being removed.
    pub(crate) deleting: Vec<String>,
    /// Names for clients below this may have been given.
    pub(crate) next_name: u64,
    pub(crate) blocklist: Vec<Blocked>,
}

/// A client that is shut out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blocked {
    pub(crate) socket: SocketAddr,
    pub(crate) nonce: u32,
    pub(crate) until: u64,
}

impl Blocked {
    pub(super) fn entry(&self) -> (Address, Timestamp) {
        let address = Address {
            kind: Kind::Any,
            nonce: self.nonce,
            socket: Some(self.socket),
        };
        (address, Timestamp(self.until))
    }
}

impl Record {
    /// A cluster that never was.
    pub(super) fn new(now: Timestamp) -> io::Result<Self> {
        let mut fsid = [0; 16];
        getrandom::fill(&mut fsid).map_err(io::Error::other)?;
        // A random UUID says that it is one.
        fsid[6] = fsid[6] & 0x0f | 0x40;
        fsid[8] = fsid[8] & 0x3f | 0x80;
        Ok(Self {
            fsid,
            created: now.0,
            modified: now.0,
            epoch: 0,
            last_pool: 0,
            pools: Vec::new(),
            deleting: Vec::new(),
            // Names below are those of daemons.
            next_name: 4096,
            blocklist: Vec::new(),
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> io::Result<Self> {
        serde_json::from_slice(bytes).map_err(io::Error::other)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record has text keys only")
    }

    /// Adds a pool with a number no other ever had.
    pub(crate) fn add_pool(&mut self, pool: &NewPool, now: Timestamp) -> Result<u64, Errno> {
        pool.check()?;
        if self.pools.iter().any(|other| other.name == pool.name) {
            return Err(Errno::EEXIST);
        }
        let stored_as = self.free_name(&pool.name)?;
        self.last_pool += 1;
        self.pools.push(MapPool {
            id: self.last_pool,
            name: pool.name.clone(),
            stored_as,
            kind: pool.kind,
            size: 1,
            pg_num: pool.pg_num,
            flags: 0,
            changed: self.epoch + 1,
            created: now.0,
            applications: pool.applications.clone(),
            quota: Quota::default(),
        });
        Ok(self.last_pool)
    }

    /// Adds a pool that the store has and the record has not. It keeps its name unless clients know another by it.
    pub(super) fn adopt_pool(&mut self, stored: &str, now: Timestamp) -> Result<(), Errno> {
        let is_known = |name: &str| self.pools.iter().any(|pool| pool.name == name);
        let numbers = self.last_pool + 1..;
        let others = numbers.map(|number| format!("{stored}.{number}"));
        let mut names = std::iter::once(stored.to_owned()).chain(others);
        let name = names.find(|name| !is_known(name)).ok_or(Errno::EEXIST)?;
        let id = self.add_pool(&NewPool::named(&name), now)?;
        if let Some(pool) = self.pools.iter_mut().find(|pool| pool.id == id) {
            pool.stored_as = (pool.name != stored).then(|| stored.to_owned());
        }
        Ok(())
    }

    /// What to store a new pool as when its name still stands for another one's objects.
    fn free_name(&self, name: &str) -> Result<Option<String>, Errno> {
        let is_taken = |wanted: &str| {
            self.pools.iter().any(|pool| pool.stored() == wanted)
                || self.deleting.iter().any(|deleting| deleting == wanted)
        };
        if !is_taken(name) {
            return Ok(None);
        }
        let numbers = self.last_pool + 1..;
        let mut names = numbers.map(|number| format!("{name}.{number}"));
        let free = names.find(|name| !is_taken(name)).ok_or(Errno::EEXIST)?;
        match free.len() <= LONGEST_NAME {
            true => Ok(Some(free)),
            false => Err(Errno::EINVAL),
        }
    }

    /// Gives a pool another name; its objects stay where they are.
    pub(crate) fn rename_pool(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        NewPool::named(to).check()?;
        if self.pools.iter().any(|pool| pool.name == to) {
            return Err(Errno::EEXIST);
        }
        let pool = self.pool_mut(from)?;
        let stored = pool.stored().to_owned();
        pool.name = to.to_owned();
        pool.stored_as = (stored != to).then_some(stored);
        Ok(())
    }

    /// Whether a client is shut out now.
    pub(crate) fn blocks(&self, client: Address, now: Timestamp) -> bool {
        let Some(socket) = client.socket else {
            return false;
        };
        self.blocklist.iter().any(|blocked| {
            let is_whole_ip = blocked.socket.port() == 0 && blocked.nonce == 0;
            let is_it = (blocked.socket, blocked.nonce) == (socket, client.nonce);
            let same_ip = blocked.socket.ip() == socket.ip();
            blocked.until > now.0 && (is_it || is_whole_ip && same_ip)
        })
    }

    /// The pool of that name, which the caller changes.
    ///
    /// # Errors
    /// `ENOENT`.
    pub(crate) fn pool_mut(&mut self, name: &str) -> Result<&mut MapPool, Errno> {
        let changed = self.epoch + 1;
        let pool = self.pools.iter_mut().find(|pool| pool.name == name);
        let pool = pool.ok_or(Errno::ENOENT)?;
        pool.changed = changed;
        Ok(pool)
    }

    /// The identity in the usual writing.
    pub(crate) fn fsid_text(&self) -> String {
        let mut text = String::new();
        for (index, byte) in self.fsid.iter().enumerate() {
            if [4, 6, 8, 10].contains(&index) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }
}
