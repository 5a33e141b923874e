//! The operations on an object, one by one.

mod compare;
mod copy;
mod exec;
mod omap;
mod read;
mod watch;
mod write;
mod xattr;

use bytes::Bytes;
use objclass::{ObjectContext as _, ObjectError, ObjectRead as _};
use radula::{Errno, Work};
use transaction::Transaction;

use crate::objects::errno_of_object;

use super::{
    code,
    reply::StepResult,
    request::Step,
    run::{Prepared, Refused},
};

pub(super) use copy::{Copied, copied};
pub(super) use exec::method;
pub(super) use omap::is_omap;
pub(super) use watch::WatchStep;

type Answer = Result<StepResult, Refused>;

/// What a pool asks of writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Data is appended only, and only after a multiple of so many bytes: an "erasure" pool without overwrites.
    pub(super) alignment: Option<u64>,
}

impl Terms {
    /// Whether data may be changed anywhere.
    fn check_unaligned(&self) -> Result<(), Errno> {
        match self.alignment {
            None => Ok(()),
            Some(_) => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Whether data may be written at `offset`, or at the end.
    fn check_append(&self, object: &mut Transaction, offset: Option<u64>) -> Result<(), Refused> {
        let Some(alignment) = self.alignment else {
            return Ok(());
        };
        let end = match object.exists()? {
            true => object.stat()?.size,
            false => 0,
        };
        let is_append = offset.is_none_or(|offset| offset == end);
        match is_append && end % alignment == 0 {
            true => Ok(()),
            false => Err(Errno::EOPNOTSUPP.into()),
        }
    }
}

impl From<ObjectError> for Refused {
    fn from(error: ObjectError) -> Self {
        errno_of_object(&error).into()
    }
}

/// An answer of these bytes.
fn output(bytes: impl Into<Bytes>) -> Answer {
    Ok(StepResult {
        value: 0,
        output: bytes.into(),
    })
}

/// An answer that says nothing but that it went well.
fn done() -> Answer {
    Ok(StepResult::default())
}

/// Runs one operation. `isolated` undoes what it wrote when it fails: the rest goes on without it.
pub(super) fn run(
    work: &mut Work<'_>,
    index: u32,
    step: &Step,
    prepared: &Prepared,
    terms: &Terms,
    isolated: bool,
) -> Answer {
    if !isolated {
        return one(work, index, step, prepared, terms);
    }
    let fault = |_| Refused::from(Errno::EIO);
    work.object().begin_nested().map_err(fault)?;
    let answer = one(work, index, step, prepared, terms);
    work.object().end_nested(answer.is_ok()).map_err(fault)?;
    answer
}

fn one(work: &mut Work<'_>, index: u32, step: &Step, prepared: &Prepared, terms: &Terms) -> Answer {
    match prepared {
        Prepared::Refused(refused) => return Err(refused.clone()),
        Prepared::Method(method) => return exec::exec(work, index, step, method),
        Prepared::Copied(copied) => return copy::write(work.object(), copied),
        Prepared::Watch(step) => return watch::run(work.object(), step),
        Prepared::Watchers(watchers) => return watch::list(work.object(), watchers),
        Prepared::Nothing => {}
    }
    let object = work.object();
    match step.code {
        code::READ | code::SYNC_READ => read::read(object, step),
        code::SPARSE_READ => read::sparse_read(object, step),
        code::MAPEXT => read::mapext(object, step),
        code::STAT => read::stat(object),
        code::CHECKSUM => read::checksum(object, step),
        code::LIST_SNAPS => read::no_snapshots(object),
        code::IS_DIRTY => read::is_dirty(object),
        code::CMPEXT => compare::cmpext(object, step),
        code::ASSERT_VER => compare::assert_version(object, step),
        code::CMP_XATTR => compare::cmp_xattr(object, step),
        code::OMAP_CMP => compare::omap_cmp(object, step),
        code::GET_XATTR => xattr::get(object, step),
        code::GET_XATTRS => xattr::get_all(object),
        code::SET_XATTR => xattr::set(object, step),
        code::REMOVE_XATTR => xattr::remove(object, step),
        code::OMAP_GET_KEYS => omap::keys(object, step),
        code::OMAP_GET_VALS => omap::values(object, step),
        code::OMAP_GET_HEADER => omap::header(object),
        code::OMAP_GET_VALS_BY_KEYS => omap::by_keys(object, step),
        code::OMAP_SET => omap::set(object, step),
        code::OMAP_SET_HEADER => omap::set_header(object, step),
        code::OMAP_CLEAR => omap::clear(object),
        code::OMAP_REMOVE_KEYS => omap::remove_keys(object, step),
        code::OMAP_REMOVE_RANGE => omap::remove_range(object, step),
        code::WRITE => write::write(object, step, terms),
        code::WRITE_FULL => write::write_full(object, step),
        code::APPEND => write::append(object, step, terms),
        code::WRITE_SAME => write::write_same(object, step, terms),
        code::TRUNCATE => write::truncate(object, step, terms),
        code::ZERO => write::zero(object, step, terms),
        code::CREATE => write::create(object, step),
        code::DELETE => write::delete(object),
        code::SET_ALLOC_HINT => write::set_alloc_hint(object),
        _ => Err(Errno::EOPNOTSUPP.into()),
    }
}
