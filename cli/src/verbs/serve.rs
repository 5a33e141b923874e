//! `serve`: where RADOS clients find this store.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueHint};

#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Listen at this loopback address instead of serve.listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Write the ceph.conf that clients need into this directory, which is made if need be
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) write_conf: Option<PathBuf>,
    /// Write the address into this file as soon as clients can connect
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ready_file: Option<PathBuf>,
}
