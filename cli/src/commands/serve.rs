//! `serve`: stock RADOS clients work on this store.

use std::io::Write as _;

use radula::{Config, Radula};
use serde_json::json;
use server::{ServeOptions, Server};

use crate::{failure::Failure, files, output::Output, systemd, verbs::ServeArgs};

/// Serves until SIGTERM or SIGINT, then answers what runs and closes the store.
pub(crate) fn run(
    output: &mut Output,
    config: Config,
    args: &ServeArgs,
    is_json: bool,
) -> Result<(), Failure> {
    let mut options = ServeOptions::configured(&config);
    options.listen = args.listen.unwrap_or(options.listen);
    let server = Server::start(Radula::open(config)?, &options)?;
    let mut signals = server.take_signals()?;
    let address = server.address();
    let conf = match &args.write_conf {
        Some(dir) => {
            files::make_dir(dir)?;
            let conf = dir.join("ceph.conf");
            files::write(&conf, server.ceph_conf().as_bytes())?;
            Some(conf.display().to_string())
        }
        None => None,
    };
    if is_json {
        output.json(&json!({ "ok": true, "address": address.to_string(), "ceph_conf": conf }))?;
    } else {
        let conf =
            conf.unwrap_or_else(|| format!("mon_host = [v2:{address}] (--write-conf writes one)"));
        writeln!(output, "serving at {address}; ceph.conf: {conf}")?;
    }
    output.flush()?;
    if let Some(file) = &args.ready_file {
        files::write(file, format!("{address}\n").as_bytes())?;
    }
    if let Err(error) = systemd::ready() {
        tracing::warn!("systemd was not told that we are ready: {error}");
    }
    server.wait(&mut signals);
    server.stop();
    Ok(())
}
