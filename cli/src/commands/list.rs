//! `ls`: the names of objects.

use radula::{ExecOptions, Filter};
use serde_json::json;

use crate::{failure::Failure, output::object_json, session::Session, verbs::LsArgs};

/// How many names are asked for at a time.
const PAGE: usize = 1_000;

pub(super) fn ls(session: &mut Session, args: &LsArgs) -> Result<(), Failure> {
    let Some((class, method)) = &args.filter else {
        return match args.all {
            true => everywhere(session, &args.prefix),
            false => every(session, &args.prefix),
        };
    };
    let input = session.read(args.filter_input())?;
    let options = ExecOptions::default().with_limits(session.call.limits());
    let filter = Filter::new(class, method)
        .with_input(input)
        .with_options(options);
    filtered(session, &args.prefix, &filter)
}

fn every(session: &mut Session, prefix: &str) -> Result<(), Failure> {
    let is_json = session.call.json;
    let mut objects = Vec::new();
    for name in session.ioctx()?.objects(prefix) {
        let name = name?;
        if is_json {
            objects.push(object_json(&session.object(&name)));
        } else {
            session.output.name(name.as_bytes())?;
        }
    }
    session.answer(|| json!({ "ok": true, "objects": objects }), |_| Ok(()))
}

/// The objects a method says yes to. Those that could not answer are the failure, after the listing.
fn filtered(session: &mut Session, prefix: &str, filter: &Filter) -> Result<(), Failure> {
    let is_json = session.call.json;
    let (mut objects, mut failed) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let page = session
            .ioctx()?
            .list_filtered(filter, after.as_deref(), prefix, PAGE)?;
        failed.extend(page.failed);
        for name in &page.entries {
            if is_json {
                objects.push(object_json(&session.object(name)));
            } else {
                session.output.name(name.as_bytes())?;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if !failed.is_empty() {
        if !is_json {
            // What was found is shown all the same.
            session.answer(|| json!({}), |_| Ok(()))?;
        }
        return Err(Failure::Filter { objects, failed });
    }
    session.answer(|| json!({ "ok": true, "objects": objects }), |_| Ok(()))
}

fn everywhere(session: &mut Session, prefix: &str) -> Result<(), Failure> {
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
