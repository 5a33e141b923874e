//! RADOS clients served by one process.
//!
//! A [`Server`] is a cluster to them: one monitor and one OSD, on one address of this machine. Clients in any language
//! that librados has, of Ceph 16 and later, connect with a `ceph.conf` of five lines ([`Server::ceph_conf`]) and use
//! the objects and classes of a [`Radula`](radula::Radula). What of RADOS is there and what is not says `docs/server.md`.
//!
//! It is no cluster: there is one process, and one copy of every object.
//!
//! ```
//! use radula::{Config, Radula};
//! use radula_server::{ServeOptions, Server};
//!
//! let config = Config::builtin(&Default::default()).with("store", "memory")?;
//! let server = Server::start(Radula::open(config)?, &ServeOptions::default())?;
//! assert!(server.ceph_conf().contains(&format!("mon_host = [v2:{}]", server.address())));
//! server.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod auth;
mod cluster;
mod frame;
mod lanes;
mod link;
mod maps;
mod mon;
mod objects;
mod osd;
mod placement;
mod quotas;
mod server;
mod settings;
mod shared;
mod wire;

pub use server::{ServeError, Server, Signals};
pub use settings::{ServeOptions, keys};
