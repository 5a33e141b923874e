//! `testbed`: a program runs against a store that is served while it does.

use std::{
    ffi::OsStr,
    os::unix::process::ExitStatusExt as _,
    process::{Command, ExitStatus},
};

use radula::{Config, Radula, config::Origin};
use server::{ServeOptions, Server};
use tempfile::TempDir;

use crate::{failure::Failure, files, verbs::TestbedArgs};

/// What a shell answers for a program that a signal ended, less the signal.
const SIGNALLED: i32 = 128;

/// Serves at a free port, runs the program, and returns the exit status to end with.
pub(crate) fn run(config: Config, args: &TestbedArgs) -> Result<u8, Failure> {
    let mut options = ServeOptions::configured(&config);
    options.listen = ([127, 0, 0, 1], 0).into();
    let server = Server::start(Radula::open(place(config))?, &options)?;
    let mut signals = server.take_signals()?;
    let dir = scratch()?;
    let conf = dir.path().join("ceph.conf");
    files::write(&conf, server.ceph_conf().as_bytes())?;
    let [program, arguments @ ..] = &args.command[..] else {
        unreachable!("the command line has a command");
    };
    let failed = |source| Failure::file("run", program.as_ref(), source);
    let mut child = command(program)
        .args(arguments)
        .env("CEPH_CONF", &conf)
        // They name another cluster, if any.
        .env_remove("CEPH_ARGS")
        .spawn()
        .map_err(failed)?;
    let status = server.wait_for(&mut child, &mut signals).map_err(failed)?;
    server.stop();
    Ok(exit_code(status))
}

/// A new store in memory, unless the command line names one.
fn place(config: Config) -> Config {
    let named = config
        .settings()
        .iter()
        .any(|setting| setting.key == "store" && matches!(setting.origin, Origin::Flag { .. }));
    if named { config } else { config.in_memory() }
}

fn scratch() -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new().prefix("radula-testbed-").tempdir();
    made.map_err(|source| Failure::file("make", "a temporary directory".as_ref(), source))
}

#[expect(
    clippy::disallowed_methods,
    reason = "runs the program that was asked for"
)]
fn command(program: &OsStr) -> Command {
    Command::new(program)
}

/// The status of the program; of one that a signal ended, what a shell says.
fn exit_code(status: ExitStatus) -> u8 {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, signal) => SIGNALLED + signal.unwrap_or_default(),
    };
    u8::try_from(code).unwrap_or(u8::MAX)
}
