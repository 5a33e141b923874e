//! One step of an operation.

use bytes::Bytes;
use objclass::Pair;
use transaction::Comparison;

use super::{Exclusive, OmapRange};
use crate::{ExecOptions, exec::Call};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    AssertExists,
    AssertVersion(u64),
    CompareXattr(Bytes, Comparison, Bytes),
    CompareXattrNumber(Bytes, Comparison, u64),
    Stat,
    /// From where, and how much; `None` is to the end.
    Read(u64, Option<u64>),
    GetXattr(Bytes),
    GetXattrs,
    OmapGetKeys(OmapRange),
    OmapGetVals(OmapRange),
    OmapGetVal(Bytes),
    OmapGetValsByKeys(Vec<Bytes>),
    OmapGetHeader,
    Create(Exclusive),
    Remove,
    Write(u64, Bytes),
    WriteFull(Bytes),
    Append(Bytes),
    Truncate(u64),
    Zero(u64, u64),
    SetXattr(Bytes, Bytes),
    RemoveXattr(Bytes),
    OmapSet(Vec<Pair>),
    OmapRemoveKeys(Vec<Bytes>),
    OmapRemoveRange(Bytes, Bytes),
    OmapClear,
    OmapSetHeader(Bytes),
    Exec(Box<Exec>),
}

#[derive(Clone, Debug)]
pub(crate) struct Exec {
    pub(crate) class: String,
    pub(crate) method: String,
    pub(crate) input: Bytes,
    pub(crate) options: ExecOptions,
}

impl Exec {
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            class: &self.class,
            method: &self.method,
            input: &self.input,
            options: &self.options,
        }
    }
}

impl Step {
    /// The step's name in errors: that of the builder method.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Step::AssertExists => "assert_exists",
            Step::AssertVersion(_) => "assert_version",
            Step::CompareXattr(..) => "compare_xattr",
            Step::CompareXattrNumber(..) => "compare_xattr_number",
            Step::Stat => "stat",
            Step::Read(..) => "read",
            Step::GetXattr(_) => "get_xattr",
            Step::GetXattrs => "get_xattrs",
            Step::OmapGetKeys(_) => "omap_get_keys",
            Step::OmapGetVals(_) => "omap_get_vals",
            Step::OmapGetVal(_) => "omap_get_val",
            Step::OmapGetValsByKeys(_) => "omap_get_vals_by_keys",
            Step::OmapGetHeader => "omap_get_header",
            Step::Create(_) => "create",
            Step::Remove => "remove",
            Step::Write(..) => "write",
            Step::WriteFull(_) => "write_full",
            Step::Append(_) => "append",
            Step::Truncate(_) => "truncate",
            Step::Zero(..) => "zero",
            Step::SetXattr(..) => "set_xattr",
            Step::RemoveXattr(_) => "remove_xattr",
            Step::OmapSet(_) => "omap_set",
            Step::OmapRemoveKeys(_) => "omap_remove_keys",
            Step::OmapRemoveRange(..) => "omap_remove_range",
            Step::OmapClear => "omap_clear",
            Step::OmapSetHeader(_) => "omap_set_header",
            Step::Exec(_) => "exec",
        }
    }

    /// Whether a step other than `exec` writes; what a method does depends on its flags.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Step::AssertExists
            | Step::AssertVersion(_)
            | Step::CompareXattr(..)
            | Step::CompareXattrNumber(..)
            | Step::Stat
            | Step::Read(..)
            | Step::GetXattr(_)
            | Step::GetXattrs
            | Step::OmapGetKeys(_)
            | Step::OmapGetVals(_)
            | Step::OmapGetVal(_)
            | Step::OmapGetValsByKeys(_)
            | Step::OmapGetHeader
            | Step::Exec(_) => false,
            Step::Create(_)
            | Step::Remove
            | Step::Write(..)
            | Step::WriteFull(_)
            | Step::Append(_)
            | Step::Truncate(_)
            | Step::Zero(..)
            | Step::SetXattr(..)
            | Step::RemoveXattr(_)
            | Step::OmapSet(_)
            | Step::OmapRemoveKeys(_)
            | Step::OmapRemoveRange(..)
            | Step::OmapClear
            | Step::OmapSetHeader(_) => true,
        }
    }
}
