//! Operations on xattrs.

use bytes::Bytes;
use objclass::{ObjectRead as _, ObjectWrite as _};
use radula::Errno;
use transaction::Transaction;

use super::{Answer, Refused, StepResult, done, output};
use crate::{osd::request::Step, wire::Writer};

/// Longest name, in bytes: RADOS's `osd_max_attr_name_len`.
const LONGEST_NAME: usize = 100;

/// The name and the value in a step's input.
pub(super) fn name_and_value(step: &Step) -> Result<(&[u8], &[u8]), Refused> {
    let mut args = step.args();
    let length = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let (name, value) = (length(args.u32()?), length(args.u32()?));
    let mut input = step.input();
    Ok((input.take(name)?, input.take(value)?))
}

fn name(step: &Step) -> Result<&[u8], Refused> {
    let length = usize::try_from(step.args().u32()?).unwrap_or(usize::MAX);
    Ok(step.input().take(length)?)
}

pub(super) fn get(object: &mut Transaction, step: &Step) -> Answer {
    let value = object.xattr(name(step)?)?;
    Ok(StepResult {
        value: i32::try_from(value.len()).unwrap_or(i32::MAX),
        output: value,
    })
}

pub(super) fn get_all(object: &mut Transaction) -> Answer {
    let xattrs = object.xattrs()?;
    let mut writer = Writer::new();
    writer.count(xattrs.len());
    for (name, value) in &xattrs {
        writer.bytes(name).bytes(value);
    }
    output(writer.into_vec())
}

pub(super) fn set(object: &mut Transaction, step: &Step) -> Answer {
    let (name, value) = name_and_value(step)?;
    if name.len() > LONGEST_NAME {
        return Err(Errno::ENAMETOOLONG.into());
    }
    object.set_xattr(name, Bytes::copy_from_slice(value))?;
    done()
}

pub(super) fn remove(object: &mut Transaction, step: &Step) -> Answer {
    object.remove_xattr(name(step)?)?;
    done()
}
