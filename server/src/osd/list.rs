//! Listings of a placement group, in the order of reversed hashes that clients compute with.

use std::collections::BTreeMap;

use radula::Errno;

use super::{
    code,
    reply::{Reply, StepResult},
    request::{Request, Step},
    run::Refused,
};
use crate::{
    cluster::Pool,
    objects::errno_of_object,
    placement,
    shared::Shared,
    wire::{HEAD, ListCursor, Writer},
};

/// Most objects of a page.
const PAGE: u64 = 1024;
/// Stands for all namespaces.
const ALL_NAMESPACES: &str = "\u{1}";

/// Where an object is in a listing: reversed hash, namespace, name.
type Position = (u32, String, String);

/// An xattr all listed objects must have, with its value.
struct PlainFilter {
    xattr: Vec<u8>,
    value: Vec<u8>,
}

pub(super) fn run(shared: &Shared, pool: &Pool, request: &Request) -> Result<Reply, Refused> {
    let [step] = &request.steps[..] else {
        return Err(Errno::EINVAL.into());
    };
    let (is_old, is_filtered) = match step.code {
        code::PGNLS => (false, false),
        code::PGNLS_FILTER => (false, true),
        code::PGLS => (true, false),
        code::PGLS_FILTER => (true, true),
        _ => return Err(Errno::EOPNOTSUPP.into()),
    };
    if request.seed >= pool.map.pg_num {
        return Err(Errno::EINVAL.into());
    }
    let most = step.args().u64()?.min(PAGE);
    let mut input = step.input();
    let filter = match is_filtered {
        true => Some(read_filter(step, &mut input)?),
        false => None,
    };
    let cursor = ListCursor::read(&mut input)?;
    let (first, last) = placement::range(request.seed, pool.map.pg_num);
    let start = start_of(&cursor, first, last)?;
    let page = scan(shared, pool, request, &start, last, most, filter.as_ref())?;
    let (value, next) = match page.more {
        Some(position) => (0, cursor_at(pool, position)),
        None if last == u32::MAX => (1, ListCursor::maximum()),
        None => {
            let mut next = ListCursor::minimum();
            next.hash = (last + 1).reverse_bits();
            next.pool = i64::try_from(pool.map.id).unwrap_or(i64::MAX);
            (1, next)
        }
    };
    let output = match is_old {
        false => new_page(&next, &page.entries),
        true => old_page(&next, &page.entries),
    };
    Ok(Reply {
        result: value,
        steps: vec![StepResult {
            value,
            output: output.into_vec().into(),
        }],
        version: 0,
    })
}

fn read_filter(step: &Step, input: &mut crate::wire::Reader<'_>) -> Result<PlainFilter, Refused> {
    if step.input.is_empty() {
        return Err(Errno::EINVAL.into());
    }
    input.bytes()?;
    input.bytes()?;
    if input.bytes()? != b"plain" {
        return Err(Errno::EINVAL.into());
    }
    let xattr = input.bytes()?;
    let xattr = xattr.strip_prefix(b"_").ok_or(Errno::EINVAL)?;
    Ok(PlainFilter {
        xattr: xattr.to_vec(),
        value: input.bytes()?.to_vec(),
    })
}

/// The first position a cursor asks for.
fn start_of(cursor: &ListCursor, first: u32, last: u32) -> Result<Position, Errno> {
    if *cursor == ListCursor::minimum() {
        return Ok((first, String::new(), String::new()));
    }
    let hash = cursor.hash.reverse_bits();
    if cursor.max || !(first..=last).contains(&hash) {
        return Err(Errno::EINVAL);
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| Errno::EINVAL);
    Ok((hash, text(&cursor.namespace)?, text(&cursor.name)?))
}

fn cursor_at(pool: &Pool, (hash, namespace, name): Position) -> ListCursor {
    ListCursor {
        key: Vec::new(),
        name: name.into_bytes(),
        snap: HEAD,
        hash: hash.reverse_bits(),
        max: false,
        namespace: namespace.into_bytes(),
        pool: i64::try_from(pool.map.id).unwrap_or(i64::MAX),
    }
}

/// A page and where the next one begins.
struct Found {
    entries: Vec<Position>,
    more: Option<Position>,
}

/// Goes through the whole pool and keeps the first objects from `start` on: the store has another order.
fn scan(
    shared: &Shared,
    pool: &Pool,
    request: &Request,
    start: &Position,
    last: u32,
    most: u64,
    filter: Option<&PlainFilter>,
) -> Result<Found, Refused> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut kept: BTreeMap<Position, ()> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = shared.objects.list(pool.map.stored(), after.as_ref())?;
        for id in &page {
            if request.namespace != ALL_NAMESPACES && request.namespace != id.namespace {
                continue;
            }
            let hash = placement::hash(id.namespace.as_bytes(), b"", id.oid.as_bytes());
            let position = (hash.reverse_bits(), id.namespace.clone(), id.oid.clone());
            if position < *start || position.0 > last {
                continue;
            }
            kept.insert(position, ());
            if kept.len() > most + 1 {
                kept.pop_last();
            }
        }
        match page.into_iter().next_back() {
            Some(id) => after = Some(id),
            None => break,
        }
    }
    let more = match kept.len() > most {
        true => kept.pop_last().map(|(position, ())| position),
        false => None,
    };
    let mut entries: Vec<Position> = kept.into_keys().collect();
    if let Some(filter) = filter {
        entries.retain(|(_, namespace, name)| has_xattr(shared, pool, namespace, name, filter));
    }
    Ok(Found { entries, more })
}

fn has_xattr(
    shared: &Shared,
    pool: &Pool,
    namespace: &str,
    name: &str,
    filter: &PlainFilter,
) -> bool {
    let id = radula::ObjectId {
        pool: pool.map.stored().to_owned(),
        namespace: namespace.to_owned(),
        oid: name.to_owned(),
    };
    let read = shared.objects.work(&id, "", false, |work| {
        use objclass::ObjectRead as _;
        work.object()
            .xattr(&filter.xattr)
            .map_err(|error| errno_of_object(&error))
    });
    read.is_ok_and(|worked| worked.answer[..] == filter.value[..])
}

fn new_page(next: &ListCursor, entries: &[Position]) -> Writer {
    let mut writer = Writer::new();
    writer.block(1, 1, |writer| {
        next.write(writer);
        writer.count(entries.len());
        for (_, namespace, name) in entries {
            writer.bytes(namespace).bytes(name).bytes("");
        }
    });
    writer
}

fn old_page(next: &ListCursor, entries: &[Position]) -> Writer {
    let mut writer = Writer::new();
    writer.u8(1);
    next.write(&mut writer);
    writer.count(entries.len());
    for (_, _, name) in entries {
        writer.bytes(name).bytes("");
    }
    writer
}
