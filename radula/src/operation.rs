//! Compound operations: several reads, writes, assertions and calls on one object, all or nothing.

mod omap_range;
mod reply;
mod step;

use std::{
    borrow::Cow,
    ops::{Bound, Range, RangeBounds},
};

use bytes::Bytes;
use transaction::Comparison;

use crate::ExecOptions;

pub use omap_range::OmapRange;
pub use reply::{OperationReply, StepReply};
pub(crate) use step::{Exec, Step};

/// Steps on one object that take effect together, as librados' operations do.
///
/// The steps run in order and each sees what those before it did. The first that fails ends the operation, nothing
/// of which is then applied; the error carries its index. An operation none of whose steps writes runs on a
/// snapshot, waits for no writer, and answers `ENOENT` at once when the object does not exist.
///
/// Data and values are [`Bytes`] or become them without a copy: a `Vec<u8>`, a `String`, a literal. Names, keys
/// and what is compared are short and may be borrowed.
///
/// ```
/// use radula::{Comparison, Operation};
///
/// let operation = Operation::new()
///     .assert_exists()
///     .compare_xattr("owner", Comparison::Equal, "ada")
///     .append("one more line\n")
///     .exec("counter", "add", "1")
///     .named("count")
///     .stat();
/// assert_eq!(operation.len(), 5);
/// ```
///
/// [`OperationReply`] tells how to find the answers.
#[derive(Clone, Debug, Default)]
#[must_use = "an operation does nothing until IoCtx::operate runs it"]
pub struct Operation {
    steps: Vec<Step>,
    names: Names,
}

/// Names of steps, with their positions.
pub(crate) type Names = Vec<(Cow<'static, str>, usize)>;

/// Whether an object that is there already makes [`create`](Operation::create) fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusive {
    /// It fails with `EEXIST`.
    Yes,
    /// It succeeds, and the object stays as it is.
    No,
}

impl From<bool> for Exclusive {
    fn from(exclusive: bool) -> Self {
        match exclusive {
            true => Exclusive::Yes,
            false => Exclusive::No,
        }
    }
}

/// A copy of a name or key, which is short.
fn name(value: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(value.as_ref())
}

/// The bytes of a range: where it begins, and how many there are; `None` is to the end.
fn extent(range: impl RangeBounds<u64>) -> (u64, Option<u64>) {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => Some(end.saturating_add(1)),
        Bound::Excluded(end) => Some(*end),
        Bound::Unbounded => None,
    };
    (start, end.map(|end| end.saturating_sub(start)))
}

impl Operation {
    /// An operation without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Gives the last step a name, under which [`OperationReply::get`] finds its answer.
    ///
    /// # Panics
    /// When there is no step yet.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        let last = self.steps.len().checked_sub(1);
        let last = last.expect("a name is given to a step: add the step first");
        self.names.push((name.into(), last));
        self
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Fails with `ENOENT` unless the object exists.
    pub fn assert_exists(self) -> Self {
        self.then(Step::AssertExists)
    }

    /// Fails unless the object's version is `version`: with `ERANGE` when it is newer, with `EOVERFLOW` when it is older
    /// or there is no object, as in RADOS.
    pub fn assert_version(self, version: u64) -> Self {
        self.then(Step::AssertVersion(version))
    }

    /// Fails with `ECANCELED` unless `value` compares to the xattr as asked, byte by byte. As in RADOS `value` is the
    /// left side, and a missing xattr is empty.
    pub fn compare_xattr(
        self,
        name: impl AsRef<[u8]>,
        comparison: Comparison,
        value: impl AsRef<[u8]>,
    ) -> Self {
        self.then(Step::CompareXattr(
            self::name(name),
            comparison,
            self::name(value),
        ))
    }

    /// As [`compare_xattr`](Operation::compare_xattr) for a number: the xattr is read as decimal digits, a missing
    /// or empty one as 0; `EINVAL` when it is no number.
    pub fn compare_xattr_number(
        self,
        name: impl AsRef<[u8]>,
        comparison: Comparison,
        value: u64,
    ) -> Self {
        self.then(Step::CompareXattrNumber(
            self::name(name),
            comparison,
            value,
        ))
    }

    /// Size and mtime.
    pub fn stat(self) -> Self {
        self.then(Step::Stat)
    }

    /// The bytes of a range, as far as the object goes: `..` is the whole content.
    pub fn read(self, range: impl RangeBounds<u64>) -> Self {
        let (offset, length) = extent(range);
        self.then(Step::Read(offset, length))
    }

    /// The value of one xattr.
    pub fn get_xattr(self, name: impl AsRef<[u8]>) -> Self {
        self.then(Step::GetXattr(self::name(name)))
    }

    /// All xattrs.
    pub fn get_xattrs(self) -> Self {
        self.then(Step::GetXattrs)
    }

    /// The omap keys of a range.
    pub fn omap_get_keys(self, range: OmapRange) -> Self {
        self.then(Step::OmapGetKeys(range))
    }

    /// The omap entries of a range.
    pub fn omap_get_vals(self, range: OmapRange) -> Self {
        self.then(Step::OmapGetVals(range))
    }

    /// The value of one omap key: `ENOENT` when there is none.
    pub fn omap_get_val(self, key: impl AsRef<[u8]>) -> Self {
        self.then(Step::OmapGetVal(name(key)))
    }

    /// The entries of those `keys` that exist.
    pub fn omap_get_vals_by_keys(self, keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        self.then(Step::OmapGetValsByKeys(
            keys.into_iter().map(name).collect(),
        ))
    }

    /// The omap header.
    pub fn omap_get_header(self) -> Self {
        self.then(Step::OmapGetHeader)
    }

    /// Creates the object. [`Exclusive`] says what happens when it exists.
    pub fn create(self, exclusive: Exclusive) -> Self {
        self.then(Step::Create(exclusive))
    }

    /// Removes the object.
    pub fn remove(self) -> Self {
        self.then(Step::Remove)
    }

    /// Writes at `offset`.
    pub fn write(self, offset: u64, data: impl Into<Bytes>) -> Self {
        self.then(Step::Write(offset, data.into()))
    }

    /// Makes `data` the whole content.
    pub fn write_full(self, data: impl Into<Bytes>) -> Self {
        self.then(Step::WriteFull(data.into()))
    }

    /// Adds `data` at the end.
    pub fn append(self, data: impl Into<Bytes>) -> Self {
        self.then(Step::Append(data.into()))
    }

    /// Cuts or extends the content to `size`.
    pub fn truncate(self, size: u64) -> Self {
        self.then(Step::Truncate(size))
    }

    /// Makes a range read as zero bytes; bytes after the end of the object stay missing.
    pub fn zero(self, range: Range<u64>) -> Self {
        let length = range.end.saturating_sub(range.start);
        self.then(Step::Zero(range.start, length))
    }

    /// Sets one xattr.
    pub fn set_xattr(self, name: impl AsRef<[u8]>, value: impl Into<Bytes>) -> Self {
        self.then(Step::SetXattr(self::name(name), value.into()))
    }

    /// Removes one xattr: `ENODATA` when there is none.
    pub fn remove_xattr(self, name: impl AsRef<[u8]>) -> Self {
        self.then(Step::RemoveXattr(self::name(name)))
    }

    /// Sets omap entries.
    pub fn omap_set(
        self,
        entries: impl IntoIterator<Item = (impl AsRef<[u8]>, impl Into<Bytes>)>,
    ) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (name(key), value.into()))
            .collect();
        self.then(Step::OmapSet(entries))
    }

    /// Removes omap keys; removing a missing one is not an error.
    pub fn omap_remove_keys(self, keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        self.then(Step::OmapRemoveKeys(keys.into_iter().map(name).collect()))
    }

    /// Removes the omap keys in `[begin, end)`.
    pub fn omap_remove_range(self, begin: impl AsRef<[u8]>, end: impl AsRef<[u8]>) -> Self {
        self.then(Step::OmapRemoveRange(name(begin), name(end)))
    }

    /// Removes all omap keys and the header.
    pub fn omap_clear(self) -> Self {
        self.then(Step::OmapClear)
    }

    /// Sets the omap header.
    pub fn omap_set_header(self, header: impl Into<Bytes>) -> Self {
        self.then(Step::OmapSetHeader(header.into()))
    }

    /// Calls a method of a class. Its limits are those of a call on its own; its writes join the operation.
    pub fn exec(
        self,
        class: impl Into<String>,
        method: impl Into<String>,
        input: impl Into<Bytes>,
    ) -> Self {
        self.exec_with(class, method, input, ExecOptions::default())
    }

    /// As [`exec`](Operation::exec), with options.
    pub fn exec_with(
        self,
        class: impl Into<String>,
        method: impl Into<String>,
        input: impl Into<Bytes>,
        options: ExecOptions,
    ) -> Self {
        self.then(Step::Exec(Box::new(Exec {
            class: class.into(),
            method: method.into(),
            input: input.into(),
            options,
        })))
    }
}
