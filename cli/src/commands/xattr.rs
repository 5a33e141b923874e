//! Xattrs.

use std::{ffi::OsStr, io::Write as _, os::unix::ffi::OsStrExt as _};

use serde_json::json;

use super::{object::done, value};
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
    let value = value(session, args)?;
    session.ioctx()?.set_xattr(oid, name.as_bytes(), value)?;
    done(session, oid)
}

pub(super) fn get(session: &mut Session, oid: &str, name: &OsStr) -> Result<(), Failure> {
    let id = session.object(oid);
    let value = session.ioctx()?.get_xattr(oid, name.as_bytes())?;
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "output": bytes_json(&value) }),
        |output| Ok(output.write_all(&value)?),
    )
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
    done(session, oid)
}
