//! Operations on the omap.

use bytes::Bytes;
use objclass::{ObjectRead as _, ObjectWrite as _, PageLimit};
use transaction::Transaction;

use super::{Answer, Refused, done, output};
use crate::{
    osd::{code, request::Step},
    wire::Writer,
};

/// Most entries of a page.
const ENTRIES: u64 = 1024;
/// Most bytes of a page.
const BYTES: u64 = 4 << 20;

/// Whether an operation needs an omap.
pub(in crate::osd) fn is_omap(code: u16) -> bool {
    matches!(
        code,
        code::OMAP_GET_KEYS..=code::OMAP_GET_VALS_BY_KEYS
            | code::OMAP_CMP
            | code::OMAP_SET..=code::OMAP_REMOVE_KEYS
            | code::OMAP_REMOVE_RANGE
    )
}

fn page(entries: u64) -> PageLimit {
    PageLimit {
        entries: entries.min(ENTRIES),
        bytes: BYTES,
    }
}

fn keys_of(step: &Step) -> Result<Vec<&[u8]>, Refused> {
    let mut input = step.input();
    let count = input.count(4)?;
    let keys: Result<Vec<_>, _> = (0..count).map(|_| input.bytes()).collect();
    Ok(keys?)
}

pub(super) fn keys(object: &mut Transaction, step: &Step) -> Answer {
    let mut input = step.input();
    let (after, most) = (input.bytes()?, input.u64()?);
    let page = object.omap_keys(after, page(most))?;
    let mut writer = Writer::new();
    writer.count(page.entries.len());
    for key in &page.entries {
        writer.bytes(key);
    }
    writer.bool(page.more);
    output(writer.into_vec())
}

pub(super) fn values(object: &mut Transaction, step: &Step) -> Answer {
    let mut input = step.input();
    let (after, most, prefix) = (input.bytes()?, input.u64()?, input.bytes()?);
    let page = object.omap_vals(after, prefix, page(most))?;
    let mut writer = Writer::new();
    writer.count(page.entries.len());
    for (key, value) in &page.entries {
        writer.bytes(key).bytes(value);
    }
    writer.bool(page.more);
    output(writer.into_vec())
}

pub(super) fn header(object: &mut Transaction) -> Answer {
    output(object.omap_header()?)
}

pub(super) fn by_keys(object: &mut Transaction, step: &Step) -> Answer {
    let keys = keys_of(step)?;
    let mut found = object.omap_vals_by_keys(&keys)?;
    found.sort();
    let mut writer = Writer::new();
    writer.count(found.len());
    for (key, value) in &found {
        writer.bytes(key).bytes(value);
    }
    output(writer.into_vec())
}

pub(super) fn set(object: &mut Transaction, step: &Step) -> Answer {
    let mut input = step.input();
    let mut entries = Vec::new();
    for _ in 0..input.count(8)? {
        entries.push((input.bytes()?, Bytes::copy_from_slice(input.bytes()?)));
    }
    object.omap_set(&entries)?;
    done()
}

pub(super) fn set_header(object: &mut Transaction, step: &Step) -> Answer {
    object.omap_set_header(Bytes::copy_from_slice(&step.input))?;
    done()
}

pub(super) fn clear(object: &mut Transaction) -> Answer {
    object.omap_clear()?;
    done()
}

pub(super) fn remove_keys(object: &mut Transaction, step: &Step) -> Answer {
    object.omap_remove(&keys_of(step)?)?;
    done()
}

pub(super) fn remove_range(object: &mut Transaction, step: &Step) -> Answer {
    let mut input = step.input();
    object.omap_remove_range(input.bytes()?, input.bytes()?)?;
    done()
}
