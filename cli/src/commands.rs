//! What the verbs do.

pub(crate) mod backup;
pub(crate) mod ceph;
pub(crate) mod class;
pub(crate) mod config;
mod df;
mod exec;
pub(crate) mod fsck;
mod list;
mod object;
mod omap;
#[cfg(feature = "review")]
pub(crate) mod review;
#[cfg(not(feature = "review"))]
#[path = "commands/no_review.rs"]
pub(crate) mod review;
pub(crate) mod serve;
pub(crate) mod testbed;
mod xattr;

use crate::{failure::Failure, session::Session, verbs::Verb};

/// Runs a verb that needs an engine.
pub(crate) fn run(session: &mut Session, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::Exec(args) => exec::exec(session, args),
        Verb::Eval(args) => exec::eval(session, args),
        Verb::Put(args) => object::put(session, args),
        Verb::Get(args) => object::get(session, args),
        Verb::Append(args) => object::append(session, args),
        Verb::Stat { oid } => object::stat(session, oid),
        Verb::Ls(args) => list::ls(session, args),
        Verb::Df => df::df(session),
        Verb::Backup(args) => backup::backup(session, args),
        Verb::Rm { oids } => object::rm(session, oids),
        Verb::Truncate { oid, size } => object::truncate(session, oid, *size),
        Verb::Setxattr { oid, name, value } => xattr::set(session, oid, name, value),
        Verb::Getxattr { oid, name } => xattr::get(session, oid, name),
        Verb::Listxattr { oid } => xattr::list(session, oid),
        Verb::Rmxattr { oid, name } => xattr::remove(session, oid, name),
        Verb::Setomapval { oid, key, value } => omap::set(session, oid, key, value),
        Verb::Getomapval { oid, key } => omap::get(session, oid, key),
        Verb::Listomapkeys { oid } => omap::list_keys(session, oid),
        Verb::Listomapvals { oid } => omap::list_vals(session, oid),
        Verb::Rmomapkey { oid, key } => omap::remove(session, oid, key),
        Verb::Getomapheader { oid } => omap::get_header(session, oid),
        Verb::Setomapheader { oid, value } => omap::set_header(session, oid, value),
        Verb::Class(verb) => class::run(session, verb),
    }
}
