//! Objects as a whole: their data, their existence, their names.

use std::{
    io::{self, Write as _},
    path::Path,
};

use radula::{Bytes, Filter};
use serde_json::json;

use super::PAGE;
use crate::{
    failure::Failure,
    files::{NewFile, Purpose, Source},
    output::{bytes_json, object_json, time},
    session::Session,
    verbs::FileArgs,
};

pub(super) fn put(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let content = Source::named(&args.file).content(session.max_input(), session.stdin_is_free)?;
    let length = length(&content);
    session.ioctx()?.write_pieces(&args.oid, content)?;
    written(session, &args.oid, length)
}

pub(super) fn append(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let content = Source::named(&args.file).content(session.max_input(), session.stdin_is_free)?;
    let length = length(&content);
    session.ioctx()?.append_pieces(&args.oid, content)?;
    written(session, &args.oid, length)
}

pub(super) fn get(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    if args.file == Path::new("-") {
        let id = session.object(&args.oid);
        // As a whole, because the store is closed before the first byte goes out: whoever reads it may want the store.
        let data = session.ioctx()?.read(&args.oid, ..)?;
        return session.answer(
            || json!({ "ok": true, "object": object_json(&id), "output": bytes_json(&data) }),
            |output| Ok(output.write_all(&data)?),
        );
    }
    // Asked before the file is touched: a missing object must not empty the file.
    let mut object = session.ioctx()?.reader(&args.oid)?;
    let mut file = NewFile::create(&args.file, Purpose::Object)?;
    let length = io::copy(&mut object, &mut file).map_err(|source| {
        match source.downcast::<radula::Error>() {
            Ok(error) => Failure::Engine(error),
            Err(source) => Failure::file("write", &args.file, source),
        }
    })?;
    drop(object);
    file.finish()?;
    written(session, &args.oid, length)
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

/// The objects a method says yes to. Those that could not answer are the failure, behind the listing.
pub(super) fn ls_filtered(
    session: &mut Session,
    prefix: &str,
    filter: &Filter,
) -> Result<(), Failure> {
    let is_json = session.call.json;
    let (mut names, mut failed) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let page = session
            .ioctx()?
            .list_filtered(filter, after.as_deref(), prefix, PAGE)?;
        failed.extend(page.failed);
        match is_json {
            true => names.extend(page.entries),
            false => {
                for name in &page.entries {
                    session.output.name(name.as_bytes())?;
                }
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let objects: Vec<_> = names
        .iter()
        .map(|name| object_json(&session.object(name)))
        .collect();
    if !failed.is_empty() {
        if !is_json {
            // What was found is shown all the same.
            session.answer(|| json!({}), |_| Ok(()))?;
        }
        return Err(Failure::Filter { objects, failed });
    }
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

fn length(pieces: &[Bytes]) -> u64 {
    pieces.iter().map(|piece| piece.len() as u64).sum()
}

fn written(session: &mut Session, oid: &str, bytes: u64) -> Result<(), Failure> {
    let id = session.object(oid);
    session.answer(
        || json!({ "ok": true, "object": object_json(&id), "bytes": bytes }),
        |_| Ok(()),
    )
}
