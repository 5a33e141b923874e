//! Omap entries and the omap header.

use std::{ffi::OsStr, io::Write as _, os::unix::ffi::OsStrExt as _};

use radula::{Bytes, OmapRange, Pair};
use serde_json::json;

use super::{PAGE, object::done, value};
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
    let value = value(session, args)?;
    session.ioctx()?.omap_set(oid, [(key.as_bytes(), value)])?;
    done(session, oid)
}

pub(super) fn get(session: &mut Session, oid: &str, key: &OsStr) -> Result<(), Failure> {
    let value = session.ioctx()?.omap_get_val(oid, key.as_bytes())?;
    raw(session, oid, &value)
}

pub(super) fn get_header(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let header = session.ioctx()?.omap_get_header(oid)?;
    raw(session, oid, &header)
}

pub(super) fn set_header(
    session: &mut Session,
    oid: &str,
    args: &ValueArgs,
) -> Result<(), Failure> {
    let header = value(session, args)?;
    session.ioctx()?.omap_set_header(oid, header)?;
    done(session, oid)
}

pub(super) fn remove(session: &mut Session, oid: &str, key: &OsStr) -> Result<(), Failure> {
    session.ioctx()?.omap_remove_keys(oid, [key.as_bytes()])?;
    done(session, oid)
}

pub(super) fn list_keys(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    let is_json = session.call.json;
    let mut found = Vec::new();
    let mut after = Bytes::new();
    loop {
        let page = session
            .ioctx()?
            .omap_get_keys(oid, OmapRange::all().after(&after).at_most(PAGE as u64))?;
        for key in &page.entries {
            if is_json {
                found.push(bytes_json(key));
            } else {
                session.output.name(key)?;
            }
        }
        match page.entries.last() {
            Some(last) if page.more => after = last.clone(),
            _ => break,
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
    let mut after = Bytes::new();
    loop {
        let page = session
            .ioctx()?
            .omap_get_vals(oid, OmapRange::all().after(&after).at_most(PAGE as u64))?;
        for entry in &page.entries {
            if is_json {
                let (key, value) = entry;
                found.push(json!({ "key": bytes_json(key), "value": bytes_json(value) }));
            } else {
                dump(session, entry)?;
            }
        }
        match page.entries.last() {
            Some((last, _)) if page.more => after = last.clone(),
            _ => break,
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

fn raw(session: &mut Session, oid: &str, value: &[u8]) -> Result<(), Failure> {
    let id = session.object(oid);
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "output": bytes_json(value) }),
        |output| Ok(output.write_all(value)?),
    )
}
