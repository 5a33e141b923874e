//! Compound operations that write, assert and call.

use std::{
    ffi::{c_char, c_int},
    fmt, ptr,
};

use bytes::Bytes;
use objclass::Errno;

use crate::{
    Pool,
    api::{Api, Handle},
    completion::Completion,
    error::OperationError,
    place::Place,
    pool::oid_name,
    read::{method_names, xattr_name},
};

/// How a value is to compare to an xattr; the value is the left side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Compare {
    /// `LIBRADOS_CMPXATTR_OP_EQ`.
    Equal = 1,
    /// `LIBRADOS_CMPXATTR_OP_NE`.
    NotEqual = 2,
    /// `LIBRADOS_CMPXATTR_OP_GT`.
    Greater = 3,
    /// `LIBRADOS_CMPXATTR_OP_GTE`.
    GreaterOrEqual = 4,
    /// `LIBRADOS_CMPXATTR_OP_LT`.
    Less = 5,
    /// `LIBRADOS_CMPXATTR_OP_LTE`.
    LessOrEqual = 6,
}

/// Steps that write, assert and call methods, all or nothing. Calls return a value here but no output: the C
/// interface of librados has no place for it.
///
/// librados copies what it is given, names and data alike, before each of these functions returns.
pub struct WriteOperation {
    api: &'static Api,
    raw: Handle,
    /// What each step returned, `None` where librados does not report it. Operations run only within
    /// [`operate`](WriteOperation::operate).
    returned: Vec<Option<Place<c_int>>>,
}

/// What a [`WriteOperation`] answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteAnswer {
    /// What each step returned, never negative; 0 for all but calls.
    pub returned: Vec<i32>,
    /// The object's version afterwards.
    pub version: u64,
}

impl fmt::Debug for WriteOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteOperation")
            .field("steps", &self.returned.len())
            .finish_non_exhaustive()
    }
}

impl Drop for WriteOperation {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and not used again.
        unsafe { (self.api.rados_release_write_op)(self.raw) }
    }
}

impl WriteOperation {
    /// An operation without steps, to run in `pool`.
    #[must_use]
    pub fn new(pool: &Pool) -> Self {
        let api = pool.api();
        Self {
            api,
            // SAFETY: the function takes nothing and returns a handle that we own.
            raw: unsafe { (api.rados_create_write_op)() },
            returned: Vec::new(),
        }
    }

    /// The handle, to add one step to.
    fn step(&mut self) -> (&'static Api, Handle) {
        self.returned.push(None);
        (self.api, self.raw)
    }

    /// Fails with `ENOENT` unless the object exists.
    pub fn assert_exists(&mut self) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_assert_exists)(raw) }
    }

    /// Fails with `ERANGE` or `EOVERFLOW` unless the object's version is `version`.
    pub fn assert_version(&mut self, version: u64) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_assert_version)(raw, version) }
    }

    /// Fails with `ECANCELED` unless `value` compares to the xattr as asked.
    ///
    /// # Errors
    /// The name holds a NUL byte.
    pub fn compare_xattr(
        &mut self,
        name: &[u8],
        compare: Compare,
        value: &[u8],
    ) -> Result<(), OperationError> {
        let name = xattr_name(name)?;
        let (api, raw) = self.step();
        let (bytes, length) = (start(value), value.len());
        // SAFETY: the operation is live, the name a C string, the value as long as said.
        unsafe {
            (api.rados_write_op_cmpxattr)(raw, name.as_ptr(), compare as u8, bytes, length);
        }
        Ok(())
    }

    /// Creates the object; `EEXIST` when it exists and `exclusive` is set.
    pub fn create(&mut self, exclusive: bool) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live; the category has no meaning and may be NULL.
        unsafe { (api.rados_write_op_create)(raw, c_int::from(exclusive), ptr::null()) }
    }

    /// Removes the object.
    pub fn remove(&mut self) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_remove)(raw) }
    }

    /// Writes at `offset`.
    pub fn write(&mut self, offset: u64, data: &[u8]) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live and the data as long as said.
        unsafe { (api.rados_write_op_write)(raw, start(data), data.len(), offset) }
    }

    /// Makes `data` the whole content.
    pub fn write_full(&mut self, data: &[u8]) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live and the data as long as said.
        unsafe { (api.rados_write_op_write_full)(raw, start(data), data.len()) }
    }

    /// Writes at the end.
    pub fn append(&mut self, data: &[u8]) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live and the data as long as said.
        unsafe { (api.rados_write_op_append)(raw, start(data), data.len()) }
    }

    /// Cuts or extends the content.
    pub fn truncate(&mut self, size: u64) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_truncate)(raw, size) }
    }

    /// Makes a range read as zero bytes.
    pub fn zero(&mut self, offset: u64, length: u64) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_zero)(raw, offset, length) }
    }

    /// Sets one xattr.
    ///
    /// # Errors
    /// The name holds a NUL byte.
    pub fn set_xattr(&mut self, name: &[u8], value: &[u8]) -> Result<(), OperationError> {
        let name = xattr_name(name)?;
        let (api, raw) = self.step();
        // SAFETY: the operation is live, the name a C string, the value as long as said.
        unsafe {
            (api.rados_write_op_setxattr)(raw, name.as_ptr(), start(value), value.len());
        }
        Ok(())
    }

    /// Removes one xattr; removing a missing one is not an error.
    ///
    /// # Errors
    /// The name holds a NUL byte.
    pub fn remove_xattr(&mut self, name: &[u8]) -> Result<(), OperationError> {
        let name = xattr_name(name)?;
        let (api, raw) = self.step();
        // SAFETY: the operation is live and the name a C string.
        unsafe { (api.rados_write_op_rmxattr)(raw, name.as_ptr()) }
        Ok(())
    }

    /// Sets omap entries.
    pub fn omap_set(&mut self, entries: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) {
        let keys: Vec<_> = entries.iter().map(|(key, _)| start(key.as_ref())).collect();
        let values: Vec<_> = entries
            .iter()
            .map(|(_, value)| start(value.as_ref()))
            .collect();
        let key_lengths: Vec<_> = entries.iter().map(|(key, _)| key.as_ref().len()).collect();
        let value_lengths: Vec<_> = entries
            .iter()
            .map(|(_, value)| value.as_ref().len())
            .collect();
        let (api, raw) = self.step();
        // SAFETY: the operation is live and all four lists have one entry for each of `entries`.
        unsafe {
            (api.rados_write_op_omap_set2)(
                raw,
                keys.as_ptr(),
                values.as_ptr(),
                key_lengths.as_ptr(),
                value_lengths.as_ptr(),
                entries.len(),
            );
        }
    }

    /// Removes omap keys; removing a missing one is not an error.
    pub fn omap_remove_keys(&mut self, keys: &[impl AsRef<[u8]>]) {
        let starts: Vec<_> = keys.iter().map(|key| start(key.as_ref())).collect();
        let lengths: Vec<_> = keys.iter().map(|key| key.as_ref().len()).collect();
        let (api, raw) = self.step();
        // SAFETY: the operation is live and both lists have one entry for each of `keys`.
        unsafe {
            (api.rados_write_op_omap_rm_keys2)(raw, starts.as_ptr(), lengths.as_ptr(), keys.len());
        }
    }

    /// Removes the omap keys in `[begin, end)`.
    pub fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live and both keys are as long as said.
        unsafe {
            (api.rados_write_op_omap_rm_range2)(
                raw,
                start(begin),
                begin.len(),
                start(end),
                end.len(),
            );
        }
    }

    /// Removes all omap keys and the header.
    pub fn omap_clear(&mut self) {
        let (api, raw) = self.step();
        // SAFETY: the operation is live.
        unsafe { (api.rados_write_op_omap_clear)(raw) }
    }

    /// Calls a method of a class, for its return value alone.
    ///
    /// # Errors
    /// A name holds a NUL byte.
    pub fn exec(&mut self, class: &str, method: &str, input: &[u8]) -> Result<(), OperationError> {
        let (class, method) = method_names(class, method)?;
        let returned = Place::new(0);
        // SAFETY: the operation is live, the names are C strings, the input is as long as said, and the place for the
        // return value outlives the operation.
        unsafe {
            (self.api.rados_write_op_exec)(
                self.raw,
                class.as_ptr(),
                method.as_ptr(),
                start(input),
                input.len(),
                returned.as_ptr(),
            );
        }
        self.returned.push(Some(returned));
        Ok(())
    }

    /// Runs the operation and waits for the answer.
    ///
    /// # Errors
    /// The cluster's error. Nothing was applied, except perhaps after `ETIMEDOUT`.
    pub fn operate(self, pool: &Pool, oid: &str) -> Result<WriteAnswer, OperationError> {
        let oid = oid_name(oid)?;
        let answered = |errno| OperationError::Answered {
            errno,
            step: None,
            output: Bytes::new(),
            from_method: false,
        };
        let completion = Completion::new(self.api).map_err(answered)?;
        // SAFETY: all handles are live, the name is a C string, and no time is prescribed. The places for return values
        // live until the operation has completed: it is waited for below.
        let started = unsafe {
            (self.api.rados_aio_write_op_operate)(
                self.raw,
                pool.raw(),
                completion.raw(),
                oid.as_ptr(),
                ptr::null_mut(),
                // Outputs have no place to go; asking for them would only make long ones fail.
                0,
            )
        };
        let (result, version) = completion.wait(started).map_err(answered)?;
        match Errno::from_return(result) {
            None => Ok(WriteAnswer {
                returned: self.returned().map(|ret| ret.unwrap_or(0)).collect(),
                version,
            }),
            Some(errno) => Err(self.failure(errno)),
        }
    }

    /// The steps' return values, once the operation has finished.
    fn returned(&self) -> impl Iterator<Item = Option<i32>> {
        // SAFETY: the operation is over; it borrows nothing while it is under way, and is consumed by it.
        let value = |ret: &Place<c_int>| unsafe { *ret.get() };
        self.returned.iter().map(move |ret| ret.as_ref().map(value))
    }

    fn failure(&self, errno: Errno) -> OperationError {
        let said = errno.to_return();
        let called = self.returned().position(|ret| ret == Some(said));
        let alone = (self.returned.len() == 1).then_some(0);
        OperationError::Answered {
            errno,
            step: called.or(alone),
            output: Bytes::new(),
            from_method: called.is_some(),
        }
    }
}

fn start(bytes: &[u8]) -> *const c_char {
    bytes.as_ptr().cast::<c_char>()
}
