//! Objects as a whole: their data and their existence.

use std::{io, path::Path};

use radula::Bytes;
use serde_json::json;

use crate::{
    failure::Failure,
    files::{NewFile, Purpose, Source},
    output::{object_json, time},
    session::Session,
    verbs::FileArgs,
};

pub(super) fn put(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let content = session.content(Source::named(&args.file))?;
    let length = length(&content);
    session.ioctx()?.write_pieces(&args.oid, content)?;
    written(session, &args.oid, length)
}

pub(super) fn append(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    let content = session.content(Source::named(&args.file))?;
    let length = length(&content);
    session.ioctx()?.append_pieces(&args.oid, content)?;
    written(session, &args.oid, length)
}

pub(super) fn get(session: &mut Session, args: &FileArgs) -> Result<(), Failure> {
    if args.file == Path::new("-") {
        // As a whole, because the store is closed before the first byte goes out: its reader may want the store.
        let data = session.ioctx()?.read(&args.oid, ..)?;
        return session.raw(&args.oid, &data);
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
    session.done(oid)
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
