//! Operations that write data.

use bytes::Bytes;
use objclass::ObjectWrite as _;
use radula::Errno;
use transaction::Transaction;

use super::{Answer, Refused, Terms, done};
use crate::{osd::request::Step, wire::Reader};

/// Data below this size is copied out of its message, so that a small object does not keep a large buffer.
const COPIED: usize = 64 << 10;
const EXCLUSIVE: u32 = 1;
/// Most bytes an object can have in any pool.
const MOST: u64 = 128 << 20;

fn own(data: &Bytes) -> Bytes {
    match data.len() < COPIED {
        true => Bytes::copy_from_slice(data),
        false => data.clone(),
    }
}

/// The length a step names, which must be that of its input.
fn length(step: &Step, args: &mut Reader<'_>) -> Result<(), Refused> {
    match args.u64()? == step.input.len() as u64 {
        true => Ok(()),
        false => Err(Errno::EINVAL.into()),
    }
}

pub(super) fn write(object: &mut Transaction, step: &Step, terms: &Terms) -> Answer {
    let mut args = step.args();
    let offset = args.u64()?;
    length(step, &mut args)?;
    args.u64()?;
    // The store keeps no truncation numbers; only file systems send them.
    if args.u32()? != 0 {
        return Err(Errno::EOPNOTSUPP.into());
    }
    terms.check_append(object, Some(offset))?;
    match step.input.is_empty() {
        // It creates the object and does not extend it.
        true => object.create(false)?,
        false => object.write(offset, own(&step.input))?,
    }
    done()
}

pub(super) fn write_full(object: &mut Transaction, step: &Step) -> Answer {
    let mut args = step.args();
    args.u64()?;
    length(step, &mut args)?;
    object.write_full(own(&step.input))?;
    done()
}

pub(super) fn append(object: &mut Transaction, step: &Step, terms: &Terms) -> Answer {
    let mut args = step.args();
    args.u64()?;
    length(step, &mut args)?;
    terms.check_append(object, None)?;
    object.append(own(&step.input))?;
    done()
}

pub(super) fn write_same(object: &mut Transaction, step: &Step, terms: &Terms) -> Answer {
    let mut args = step.args();
    let (offset, length, pattern) = (args.u64()?, args.u64()?, args.u64()?);
    if pattern == 0 || pattern != step.input.len() as u64 || length % pattern != 0 {
        return Err(Errno::EINVAL.into());
    }
    if length > MOST {
        return Err(Errno::EFBIG.into());
    }
    let times = usize::try_from(length / pattern).map_err(|_| Errno::EFBIG)?;
    terms.check_append(object, Some(offset))?;
    if times > 0 {
        object.write(offset, step.input.repeat(times).into())?;
    }
    done()
}

pub(super) fn truncate(object: &mut Transaction, step: &Step, terms: &Terms) -> Answer {
    terms.check_unaligned()?;
    object.truncate(step.args().u64()?)?;
    done()
}

pub(super) fn zero(object: &mut Transaction, step: &Step, terms: &Terms) -> Answer {
    terms.check_unaligned()?;
    let mut args = step.args();
    let (offset, length) = (args.u64()?, args.u64()?);
    // It never grows an object, so that the quota would not notice.
    if offset.checked_add(length).is_none_or(|end| end > MOST) {
        return Err(Errno::EFBIG.into());
    }
    object.zero(offset, length)?;
    done()
}

pub(super) fn create(object: &mut Transaction, step: &Step) -> Answer {
    object.create(step.flags & EXCLUSIVE != 0)?;
    done()
}

pub(super) fn delete(object: &mut Transaction) -> Answer {
    object.remove()?;
    done()
}

pub(super) fn set_alloc_hint(object: &mut Transaction) -> Answer {
    object.create(false)?;
    done()
}
