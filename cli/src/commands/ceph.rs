//! `ceph`: Radula in the class directory of this machine's OSDs.

mod classes;
mod install;
mod status;
mod uninstall;

use std::path::PathBuf;

use radula::Config;

use crate::{failure::Failure, files, output::Output, verbs::CephVerb};

/// Returns whether all is well.
pub(crate) fn run(
    output: &mut Output,
    config: Config,
    verb: CephVerb,
    is_json: bool,
) -> Result<bool, Failure> {
    match verb {
        CephVerb::Install(mut args) => {
            let destination = destination(args.dest.dest.take())?;
            install::install(output, config, destination, args, is_json)
        }
        CephVerb::Status(args) => status::status(output, &destination(args.dest)?, is_json),
        CephVerb::Uninstall(args) => {
            uninstall::uninstall(output, &destination(args.dest.dest)?, args.force, is_json)
        }
    }
}

/// Where the OSDs look for classes: as named, or where Ceph's packages have it.
fn destination(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let usual = || {
        ceph_install::DEFAULT_DIRECTORIES
            .iter()
            .map(PathBuf::from)
            .find(|path| files::is_directory(path).is_ok_and(|is| is))
    };
    named.or_else(usual).ok_or(Failure::NoClassDirectory)
}
