//! Omap entries and the omap header.

use std::{ffi::OsStr, io::Write as _, os::unix::ffi::OsStrExt as _};

use radula::{OmapRange, Pair};
use serde_json::json;

use crate::{
    failure::Failure,
    output::{bytes_json, hexdump, object_json},
    session::Session,
    verbs::ValueArgs,
};

pub(super) fn set(
    session: &mut Session,
    oid: &str,
    key: &OsStr,
    args: &ValueArgs,
) -> Result<(), Failure> {
    let value = session.read(args.source())?;
    session.ioctx()?.omap_set(oid, [(key.as_bytes(), value)])?;
    session.done(oid)
}

pub(super) fn get(session: &mut Session, oid: &str, key: &OsStr) -> Result<(), Failure> {
    let value = session.ioctx()?.omap_get_val(oid, key.as_bytes())?;
    session.raw(oid, &value)
}

pub(super) fn get_header(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let header = session.ioctx()?.omap_get_header(oid)?;
    session.raw(oid, &header)
}

pub(super) fn set_header(
    session: &mut Session,
    oid: &str,
    args: &ValueArgs,
) -> Result<(), Failure> {
    let header = session.read(args.source())?;
    session.ioctx()?.omap_set_header(oid, header)?;
    session.done(oid)
}

pub(super) fn remove(session: &mut Session, oid: &str, key: &OsStr) -> Result<(), Failure> {
    session.ioctx()?.omap_remove_keys(oid, [key.as_bytes()])?;
    session.done(oid)
}

pub(super) fn list_keys(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    let is_json = session.call.json;
    let mut found = Vec::new();
    for key in session.ioctx()?.omap_keys(oid, OmapRange::all()) {
        let key = key?;
        if is_json {
            found.push(bytes_json(&key));
        } else {
            session.output.name(&key)?;
        }
    }
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "keys": found }),
        |_| Ok(()),
    )
}

pub(super) fn list_vals(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    let is_json = session.call.json;
    let mut found = Vec::new();
    for entry in session.ioctx()?.omap(oid, OmapRange::all()) {
        let entry = entry?;
        if is_json {
            let (key, value) = entry;
            found.push(json!({ "key": bytes_json(&key), "value": bytes_json(&value) }));
        } else {
            dump(session, &entry)?;
        }
    }
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "entries": found }),
        |_| Ok(()),
    )
}

/// One entry as `rados listomapvals` prints it.
fn dump(session: &mut Session, (key, value): &Pair) -> Result<(), Failure> {
    session.output.name(key)?;
    let dump = hexdump(value);
    Ok(write!(
        session.output,
        "value ({} bytes) :\n{dump}\n",
        value.len()
    )?)
}
