//! Compound operations: several reads, writes, assertions and calls on one object, all or nothing.

mod step;

use bytes::Bytes;
use objclass::{Page, Pair, Stat};
use transaction::Comparison;

use crate::{ExecOptions, ExecReply};

pub(crate) use step::{Exec, Step};

/// Steps on one object that take effect together, as librados' operations do.
///
/// The steps run in order and each sees what those before it did. The first that fails ends the operation, nothing
/// of which is then applied; the error carries its index. An operation none of whose steps writes runs on a
/// snapshot, waits for no writer, and answers `ENOENT` at once when the object does not exist.
///
/// ```
/// use radula::Operation;
///
/// let operation = Operation::new()
///     .assert_exists()
///     .compare_xattr("owner", radula::Comparison::Equal, "ada")
///     .append("one more line\n")
///     .exec("counter", "add", "1")
///     .stat();
/// assert_eq!(operation.len(), 5);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "an operation does nothing until IoCtx::operate runs it"]
pub struct Operation {
    steps: Vec<Step>,
}

/// What one step of an [`Operation`] answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StepReply {
    /// An assertion that held, or a write.
    Done,
    /// Of `stat`.
    Stat(Stat),
    /// Of `read`, `get_xattr`, `omap_get_val` and `omap_get_header`.
    Bytes(Bytes),
    /// Of `omap_get_keys`.
    Keys(Page<Bytes>),
    /// Of `get_xattrs`, `omap_get_vals` and `omap_get_vals_by_keys`.
    Pairs(Page<Pair>),
    /// Of `exec`.
    Exec(Box<ExecReply>),
}

/// What an [`Operation`] answered.
#[derive(Clone, Debug)]
pub struct OperationReply {
    /// One reply a step, in order.
    pub steps: Vec<StepReply>,
    /// The object's version after the operation; 0 when it does not exist.
    pub version: u64,
}

fn bytes(value: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(value.as_ref())
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

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Goes on only when the object exists: else `ENOENT`.
    pub fn assert_exists(self) -> Self {
        self.then(Step::AssertExists)
    }

    /// Goes on only when the object's version is `version`: else `ERANGE` when it is newer, `EOVERFLOW` when it is
    /// older or missing, as in RADOS.
    pub fn assert_version(self, version: u64) -> Self {
        self.then(Step::AssertVersion(version))
    }

    /// Goes on only when `value` compares to the xattr as asked, byte by byte: else `ECANCELED`. As in RADOS
    /// `value` is the left side, and a missing xattr is empty.
    pub fn compare_xattr(
        self,
        name: impl AsRef<[u8]>,
        comparison: Comparison,
        value: impl AsRef<[u8]>,
    ) -> Self {
        self.then(Step::CompareXattr(bytes(name), comparison, bytes(value)))
    }

    /// As [`compare_xattr`](Operation::compare_xattr) for a number: the xattr is read as decimal digits, a missing
    /// or empty one as 0; `EINVAL` when it is no number.
    pub fn compare_xattr_number(
        self,
        name: impl AsRef<[u8]>,
        comparison: Comparison,
        value: u64,
    ) -> Self {
        self.then(Step::CompareXattrNumber(bytes(name), comparison, value))
    }

    /// Size and mtime.
    pub fn stat(self) -> Self {
        self.then(Step::Stat)
    }

    /// Up to `length` bytes from `offset`; 0 means to the end.
    pub fn read(self, offset: u64, length: u64) -> Self {
        self.then(Step::Read(offset, length))
    }

    /// The value of one xattr.
    pub fn get_xattr(self, name: impl AsRef<[u8]>) -> Self {
        self.then(Step::GetXattr(bytes(name)))
    }

    /// All xattrs.
    pub fn get_xattrs(self) -> Self {
        self.then(Step::GetXattrs)
    }

    /// At most `max` omap keys behind `start_after`.
    pub fn omap_get_keys(self, start_after: impl AsRef<[u8]>, max: u64) -> Self {
        self.then(Step::OmapGetKeys(bytes(start_after), max))
    }

    /// At most `max` omap entries behind `start_after` whose keys begin with `prefix`.
    pub fn omap_get_vals(
        self,
        start_after: impl AsRef<[u8]>,
        prefix: impl AsRef<[u8]>,
        max: u64,
    ) -> Self {
        self.then(Step::OmapGetVals(bytes(start_after), bytes(prefix), max))
    }

    /// The value of one omap key: `ENOENT` when there is none.
    pub fn omap_get_val(self, key: impl AsRef<[u8]>) -> Self {
        self.then(Step::OmapGetVal(bytes(key)))
    }

    /// The entries of those `keys` that exist.
    pub fn omap_get_vals_by_keys(self, keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        self.then(Step::OmapGetValsByKeys(
            keys.into_iter().map(bytes).collect(),
        ))
    }

    /// The omap header.
    pub fn omap_get_header(self) -> Self {
        self.then(Step::OmapGetHeader)
    }

    /// Creates the object; when it exists, `EEXIST` if `exclusive`.
    pub fn create(self, exclusive: bool) -> Self {
        self.then(Step::Create(exclusive))
    }

    /// Removes the object.
    pub fn remove(self) -> Self {
        self.then(Step::Remove)
    }

    /// Writes at `offset`.
    pub fn write(self, offset: u64, data: impl AsRef<[u8]>) -> Self {
        self.then(Step::Write(offset, bytes(data)))
    }

    /// Makes `data` the whole content.
    pub fn write_full(self, data: impl AsRef<[u8]>) -> Self {
        self.then(Step::WriteFull(bytes(data)))
    }

    /// Writes behind the end.
    pub fn append(self, data: impl AsRef<[u8]>) -> Self {
        self.then(Step::Append(bytes(data)))
    }

    /// As [`write_full`](Operation::write_full), without a copy.
    pub(crate) fn write_full_piece(self, data: Bytes) -> Self {
        self.then(Step::WriteFull(data))
    }

    /// As [`append`](Operation::append), without a copy.
    pub(crate) fn append_piece(self, data: Bytes) -> Self {
        self.then(Step::Append(data))
    }

    /// Cuts or extends the content to `size`.
    pub fn truncate(self, size: u64) -> Self {
        self.then(Step::Truncate(size))
    }

    /// Makes a range read as zero bytes.
    pub fn zero(self, offset: u64, length: u64) -> Self {
        self.then(Step::Zero(offset, length))
    }

    /// Sets one xattr.
    pub fn set_xattr(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.then(Step::SetXattr(bytes(name), bytes(value)))
    }

    /// Removes one xattr: `ENODATA` when there is none.
    pub fn remove_xattr(self, name: impl AsRef<[u8]>) -> Self {
        self.then(Step::RemoveXattr(bytes(name)))
    }

    /// Sets omap entries.
    pub fn omap_set(
        self,
        entries: impl IntoIterator<Item = (impl AsRef<[u8]>, impl AsRef<[u8]>)>,
    ) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (bytes(key), bytes(value)))
            .collect();
        self.then(Step::OmapSet(entries))
    }

    /// Removes omap keys; one that is not there is no error.
    pub fn omap_remove_keys(self, keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        self.then(Step::OmapRemoveKeys(keys.into_iter().map(bytes).collect()))
    }

    /// Removes the omap keys in `[begin, end)`.
    pub fn omap_remove_range(self, begin: impl AsRef<[u8]>, end: impl AsRef<[u8]>) -> Self {
        self.then(Step::OmapRemoveRange(bytes(begin), bytes(end)))
    }

    /// Removes all omap keys and the header.
    pub fn omap_clear(self) -> Self {
        self.then(Step::OmapClear)
    }

    /// Sets the omap header.
    pub fn omap_set_header(self, header: impl AsRef<[u8]>) -> Self {
        self.then(Step::OmapSetHeader(bytes(header)))
    }

    /// Calls a method of a class. Its limits are those of a call on its own; its writes join the operation.
    pub fn exec(
        self,
        class: impl Into<String>,
        method: impl Into<String>,
        input: impl AsRef<[u8]>,
    ) -> Self {
        self.exec_with(class, method, input, ExecOptions::default())
    }

    /// As [`exec`](Operation::exec), with options.
    pub fn exec_with(
        self,
        class: impl Into<String>,
        method: impl Into<String>,
        input: impl AsRef<[u8]>,
        options: ExecOptions,
    ) -> Self {
        self.then(Step::Exec(Box::new(Exec {
            class: class.into(),
            method: method.into(),
            input: bytes(input),
            options,
        })))
    }
}
