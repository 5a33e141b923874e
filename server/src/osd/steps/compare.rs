//! Operations that let a request go on only when something holds.

use objclass::{ObjectError, ObjectRead as _};
use radula::{Comparison, Errno};
use transaction::Transaction;

use super::{Answer, Refused, StepResult, done, xattr::name_and_value};
use crate::osd::request::Step;

/// Where the numbers begin that tell the first byte that differs.
const FIRST_DIFFERENCE: i32 = 4095;
const TEXT: u8 = 1;
const NUMBER: u8 = 2;

pub(super) fn cmpext(object: &mut Transaction, step: &Step) -> Answer {
    let mut args = step.args();
    let (offset, length) = (args.u64()?, args.u64()?);
    if length != step.input.len() as u64 {
        return Err(Errno::EINVAL.into());
    }
    let data = match length {
        0 => bytes::Bytes::new(),
        _ => match object.read(offset, length) {
            Err(ObjectError::Errno(Errno::ENOENT)) => bytes::Bytes::new(),
            read => read?,
        },
    };
    // What is behind the end counts as zeros.
    let stored = data.iter().copied().chain(std::iter::repeat(0));
    match step
        .input
        .iter()
        .zip(stored)
        .position(|(wanted, byte)| *wanted != byte)
    {
        None => done(),
        Some(at) => Err(Refused {
            code: -FIRST_DIFFERENCE.saturating_add(i32::try_from(at).unwrap_or(i32::MAX)),
            output: bytes::Bytes::new(),
        }),
    }
}

pub(super) fn assert_version(object: &mut Transaction, step: &Step) -> Answer {
    let mut args = step.args();
    args.u64()?;
    object.assert_version(args.u64()?)?;
    done()
}

fn comparison(number: u8) -> Result<Comparison, Errno> {
    Ok(match number {
        1 => Comparison::Equal,
        2 => Comparison::NotEqual,
        3 => Comparison::Greater,
        4 => Comparison::GreaterOrEqual,
        5 => Comparison::Less,
        6 => Comparison::LessOrEqual,
        _ => return Err(Errno::EINVAL),
    })
}

/// The given value is the left side; an xattr that is not there is empty, or 0.
pub(super) fn cmp_xattr(object: &mut Transaction, step: &Step) -> Answer {
    let mut args = step.args();
    args.u64()?;
    let (comparison, mode) = (comparison(args.u8()?)?, args.u8()?);
    let (name, value) = name_and_value(step)?;
    object.assert_exists()?;
    let stored = match object.xattr(name) {
        Err(ObjectError::Errno(Errno::ENODATA)) => bytes::Bytes::new(),
        stored => stored?,
    };
    let holds = match mode {
        TEXT => comparison.holds(value, &stored[..]),
        NUMBER => {
            let value = crate::wire::Reader::new(value).u64()?;
            comparison.holds(&value, &number(&stored)?)
        }
        _ => return Err(Errno::EINVAL.into()),
    };
    match holds {
        true => Ok(StepResult {
            value: 1,
            ..StepResult::default()
        }),
        false => Err(Errno::ECANCELED.into()),
    }
}

/// Decimal digits; nothing is 0.
fn number(text: &[u8]) -> Result<u64, Errno> {
    if text.is_empty() {
        return Ok(0);
    }
    let text = std::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    text.parse().map_err(|_| Errno::EINVAL)
}

/// The stored value is the left side; a key that is not there has an empty one.
pub(super) fn omap_cmp(object: &mut Transaction, step: &Step) -> Answer {
    object.assert_exists()?;
    let mut input = step.input();
    for _ in 0..input.count(12)? {
        let (key, value, code) = (input.bytes()?, input.bytes()?, input.i32()?);
        let comparison = match code {
            1 => Comparison::Equal,
            3 => Comparison::Greater,
            5 => Comparison::Less,
            _ => return Err(Errno::EINVAL.into()),
        };
        let stored = object.omap_vals_by_keys(&[key])?;
        let stored = stored.first().map_or(&b""[..], |(_, stored)| stored);
        if !comparison.holds(stored, value) {
            return Err(Errno::ECANCELED.into());
        }
    }
    done()
}
