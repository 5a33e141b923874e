//! Objects as a whole: their data, their existence, their names.

use std::{io::Write as _, path::Path};

use serde_json::json;

use super::PAGE;
use crate::{
    failure::Failure,
    files::{self, Source},
    output::{bytes_json, object_json, time},
    session::Session,
    verbs::FileArgs,
};

pub(super) fn put(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let data = Source::named(&args.file).read(session.max_input(), session.stdin_is_free)?;
    session.ioctx()?.write_full(&args.oid, &data)?;
    written(session, &args.oid, data.len())
}

pub(super) fn append(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let data = Source::named(&args.file).read(session.max_input(), session.stdin_is_free)?;
    session.ioctx()?.append(&args.oid, &data)?;
    written(session, &args.oid, data.len())
}

pub(super) fn get(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let id = session.object(&args.oid);
    // Read before the file is touched: a missing object must not empty the file.
    let data = session.ioctx()?.read(&args.oid, 0, 0)?;
    if args.file == Path::new("-") {
        return session.answer(
            || json!({ "ok": true, "object": object_json(&id), "output": bytes_json(&data) }),
            |output| Ok(output.write_all(&data)?),
        );
    }
    files::write(&args.file, &data)?;
    written(session, &args.oid, data.len())
}

pub(super) fn stat(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    let stat = session.ioctx()?.stat(oid)?;
    session.answer(
        || {
            json!({
                "ok": true,
                "object": object_json(&id),
                "size": stat.size,
                "mtime": time(stat.mtime),
            })
        },
        |output| {
            let line = format!("{id} mtime {}, size {}", time(stat.mtime), stat.size);
            Ok(output.name(line.as_bytes())?)
        },
    )
}

pub(super) fn ls(session: &mut Session, prefix: &str) -> Result<(), Failure> {
    let is_json = session.call.json;
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = session.ioctx()?.list(after.as_deref(), prefix, PAGE)?;
        if is_json {
            names.extend(page.entries.iter().cloned());
        } else {
            for name in &page.entries {
                session.output.name(name.as_bytes())?;
            }
        }
        after = page.entries.last().cloned();
        if !page.more || after.is_none() {
            break;
        }
    }
    let objects: Vec<_> = names
        .iter()
        .map(|name| object_json(&session.object(name)))
        .collect();
    session.answer(|| json!({ "ok": true, "objects": objects }), |_| Ok(()))
}

pub(super) fn ls_all(session: &mut Session, prefix: &str) -> Result<(), Failure> {
    let is_json = session.call.json;
    let mut objects = Vec::new();
    let mut after = None;
    loop {
        let page = session.ioctx()?.list_all(after.as_ref(), prefix, PAGE)?;
        for id in &page.entries {
            if is_json {
                objects.push(object_json(id));
            } else {
                let line = format!("{}\t{}", id.namespace, id.oid);
                session.output.name(line.as_bytes())?;
            }
        }
        after = page.entries.last().cloned();
        if !page.more || after.is_none() {
            break;
        }
    }
    session.answer(|| json!({ "ok": true, "objects": objects }), |_| Ok(()))
}

pub(super) fn rm(session: &mut Session, oids: &[String]) -> Result<(), Failure> {
    let ioctx = session.ioctx()?;
    for oid in oids {
        ioctx.remove(oid)?;
    }
    drop(ioctx);
    let removed: Vec<_> = oids
        .iter()
        .map(|oid| object_json(&session.object(oid)))
        .collect();
    session.answer(|| json!({ "ok": true, "removed": removed }), |_| Ok(()))
}

pub(super) fn truncate(session: &mut Session, oid: &str, size: u64) -> Result<(), Failure> {
    session.ioctx()?.truncate(oid, size)?;
    done(session, oid)
}

/// A command that prints nothing but its JSON object.
pub(super) fn done(session: &mut Session, oid: &str) -> Result<(), Failure> {
    let id = session.object(oid);
    session.answer(
        || json!({ "ok": true, "object": object_json(&id) }),
        |_| Ok(()),
    )
}

fn written(session: &mut Session, oid: &str, bytes: usize) -> Result<(), Failure> {
    let id = session.object(oid);
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "bytes": bytes }),
        |_| Ok(()),
    )
}
