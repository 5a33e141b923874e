//! Operations that read data.

use bytes::Bytes;
use objclass::ObjectRead as _;
use radula::Errno;
use transaction::Transaction;
use xxhash_rust::{xxh32::xxh32, xxh64::xxh64};

use super::{Answer, Refused, done, output};
use crate::{
    osd::request::Step,
    wire::{HEAD, Writer, crc},
};

/// The range a step asks for, 0 for the length meaning all the rest, without what a truncation hides.
fn range(object: &mut Transaction, step: &Step) -> Result<(u64, Bytes), Refused> {
    let mut args = step.args();
    let (offset, length) = (args.u64()?, args.u64()?);
    let (hidden_from, truncation) = (args.u64()?, args.u32()?);
    let mut data = object.read(offset, length)?;
    // No object has a truncation number, so that any is newer.
    if truncation > 0 {
        let visible = hidden_from.saturating_sub(offset);
        data.truncate(usize::try_from(visible).unwrap_or(usize::MAX));
    }
    Ok((offset, data))
}

pub(super) fn read(object: &mut Transaction, step: &Step) -> Answer {
    let (_, data) = range(object, step)?;
    output(data)
}

fn extents(offset: u64, length: usize) -> Writer {
    let mut writer = Writer::new();
    if length == 0 {
        writer.u32(0);
    } else {
        writer.u32(1).u64(offset).u64(length as u64);
    }
    writer
}

pub(super) fn sparse_read(object: &mut Transaction, step: &Step) -> Answer {
    let (offset, data) = range(object, step)?;
    let mut writer = extents(offset, data.len());
    writer.bytes(&data);
    output(writer.into_vec())
}

pub(super) fn mapext(object: &mut Transaction, step: &Step) -> Answer {
    let (offset, data) = range(object, step)?;
    output(extents(offset, data.len()).into_vec())
}

pub(super) fn stat(object: &mut Transaction) -> Answer {
    let stat = object.stat()?;
    let mut writer = Writer::new();
    writer.u64(stat.size).time(stat.mtime);
    output(writer.into_vec())
}

pub(super) fn checksum(object: &mut Transaction, step: &Step) -> Answer {
    let mut args = step.args();
    let (offset, length) = (args.u64()?, args.u64()?);
    let (chunk, kind) = (args.u32()?, args.u8()?);
    let mut input = step.input();
    let size = object.stat()?.size;
    if offset >= size && size > 0 {
        return done();
    }
    let is_whole = offset == 0 && length == 0;
    let data = match size {
        0 => Bytes::new(),
        _ => object.read(offset, if is_whole { size } else { length.max(1) })?,
    };
    let chunk = match chunk {
        0 => data.len().max(1),
        chunk => usize::try_from(chunk).unwrap_or(usize::MAX),
    };
    if data.len() % chunk != 0 {
        return Err(Errno::EINVAL.into());
    }
    let chunks = data.chunks(chunk);
    let mut writer = Writer::new();
    writer.count(chunks.len());
    match kind {
        0 => {
            let seed = input.u32()?;
            chunks.for_each(|chunk| {
                writer.u32(xxh32(chunk, seed));
            });
        }
        1 => {
            let seed = input.u64()?;
            chunks.for_each(|chunk| {
                writer.u64(xxh64(chunk, seed));
            });
        }
        2 => {
            let seed = input.u32()?;
            chunks.for_each(|chunk| {
                writer.u32(crc(seed, chunk));
            });
        }
        _ => return Err(Errno::EINVAL.into()),
    }
    output(writer.into_vec())
}

/// Snapshots cannot be made yet, so that there is the head alone.
pub(super) fn no_snapshots(object: &mut Transaction) -> Answer {
    let size = object.stat()?.size;
    let mut writer = Writer::new();
    writer.block(2, 1, |writer| {
        writer.u32(1);
        writer.block(1, 1, |writer| {
            writer.u64(HEAD).u32(0).u32(0).u64(size);
        });
        writer.u64(0);
    });
    output(writer.into_vec())
}

/// What is in no cache is always dirty.
pub(super) fn is_dirty(object: &mut Transaction) -> Answer {
    object.assert_exists()?;
    output(vec![1])
}
