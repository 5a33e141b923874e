//! What the verbs do.

pub(crate) mod backup;
pub(crate) mod ceph;
pub(crate) mod class;
pub(crate) mod config;
mod exec;
pub(crate) mod fsck;
mod object;
mod omap;
pub(crate) mod review;
pub(crate) mod serve;
pub(crate) mod shell;
mod xattr;

use radula::{ExecOptions, Filter};

use crate::{
    failure::Failure,
    files::Source,
    session::Session,
    verbs::{LsArgs, ValueArgs, Verb},
};

/// How many entries a listing asks for at a time.
const PAGE: usize = 1_000;

pub(crate) fn run(session: &mut Session, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::Exec(args) => exec::exec(session, args),
        Verb::Eval(args) => exec::eval(session, args),
        Verb::Put(args) => object::put(session, args),
        Verb::Get(args) => object::get(session, args),
        Verb::Append(args) => object::append(session, args),
        Verb::Stat { oid } => object::stat(session, oid),
        Verb::Ls(args) => ls(session, args),
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

fn ls(session: &mut Session, args: &LsArgs) -> Result<(), Failure> {
    let Some((class, method)) = &args.filter else {
        return match args.all {
            true => object::ls_all(session, &args.prefix),
            false => object::ls(session, &args.prefix),
        };
    };
    let input = Source::new(args.filter_input.as_ref(), args.filter_input_file.as_ref())
        .read(session.max_input(), session.stdin_is_free)?;
    let options = ExecOptions::default().with_limits(session.call.limits());
    let filter = Filter::new(class, method)
        .with_input(input)
        .with_options(options);
    object::ls_filtered(session, &args.prefix, &filter)
}

/// A value; without one it comes from standard input, as for `rados`.
fn value(session: &Session, args: &ValueArgs) -> Result<Vec<u8>, Failure> {
    match (&args.value, &args.input_file) {
        (None, None) => Source::Standard,
        (value, file) => Source::new(value.as_ref(), file.as_ref()),
    }
    .read(session.max_input(), session.stdin_is_free)
}
