//! Xattrs.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

use serde_json::json;

use crate::{
    failure::Failure,
    output::{bytes_json, object_json},
    session::Session,
    verbs::ValueArgs,
};

pub(super) fn set(
    session: &mut Session,
    oid: &str,
    name: &OsStr,
    args: &ValueArgs,
) -> Result<(), Failure> {
    let value = session.read(args.source())?;
    session.ioctx()?.set_xattr(oid, name.as_bytes(), value)?;
    session.done(oid)
}

pub(super) fn get(session: &mut Session, oid: &str, name: &OsStr) -> Result<(), Failure> {
    let value = session.ioctx()?.get_xattr(oid, name.as_bytes())?;
    session.raw(oid, &value)
}

pub(super) fn list(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    let pairs = session.ioctx()?.get_xattrs(oid)?;
    session.answer(
        || {
            let xattrs: Vec<_> = pairs
                .iter()
                .map(
                    |(name, value)| json!({ "name": bytes_json(name), "value": bytes_json(value) }),
                )
                .collect();
            json!({ "ok": true, "object": object_json(&id), "xattrs": xattrs })
        },
        |output| {
            for (name, _) in &pairs {
                output.name(name)?;
            }
            Ok(())
        },
    )
}

pub(super) fn remove(session: &mut Session, oid: &str, name: &OsStr) -> Result<(), Failure> {
    session.ioctx()?.remove_xattr(oid, name.as_bytes())?;
    session.done(oid)
}
