//! Compound operations that read, assert and call.

mod slot;

use std::{ffi::c_char, fmt};

use bytes::Bytes;
use objclass::{Errno, Page, Pair, Stat};

use crate::{
    Compare, Pool,
    api::{Api, Handle, RETURNVEC},
    completion::Completion,
    error::OperationError,
    name::c_name,
    place::Place,
    pool::oid_name,
};
use slot::Slot;

/// Steps that read, assert and call methods; they see the object at one moment. A method they call may write; then
/// the whole operation is one write.
pub struct ReadOperation {
    api: &'static Api,
    raw: Handle,
    /// Where librados puts the answers. Operations run only within [`operate`](ReadOperation::operate).
    slots: Vec<Place<Slot>>,
}

/// What a step of a [`ReadOperation`] answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepAnswer {
    /// An assertion that held.
    Held,
    /// Size, and time of the last change in whole seconds.
    Stat(Stat),
    /// Data.
    Data(Bytes),
    /// All xattrs, in byte order of their names.
    Xattrs(Vec<Pair>),
    /// Omap keys with empty values, or omap entries.
    Omap(Page<Pair>),
    /// What a method returned, never negative, and its output.
    Called {
        /// The return value.
        ret: i32,
        /// The output.
        output: Bytes,
    },
}

/// What a [`ReadOperation`] answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAnswer {
    /// One answer a step, in order.
    pub steps: Vec<StepAnswer>,
    /// The object's version afterwards; 0 when it does not exist.
    pub version: u64,
}

impl fmt::Debug for ReadOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOperation")
            .field("steps", &self.slots.len())
            .finish_non_exhaustive()
    }
}

impl Drop for ReadOperation {
    fn drop(&mut self) {
        for slot in &mut self.slots {
            // SAFETY: no operation is under way.
            unsafe { slot.get_mut() }.release(self.api);
        }
        // SAFETY: the handle is ours and not used again.
        unsafe { (self.api.rados_release_read_op)(self.raw) }
    }
}

impl ReadOperation {
    /// An operation without steps, to run in `pool`.
    #[must_use]
    pub fn new(pool: &Pool) -> Self {
        let api = pool.api();
        Self {
            api,
            // SAFETY: the function takes nothing and returns a handle that we own.
            raw: unsafe { (api.rados_create_read_op)() },
            slots: Vec::new(),
        }
    }

    /// Makes the place for the answer of the next step. Addresses inside it are good until the operation is dropped.
    fn place(&mut self, slot: Slot) -> &mut Slot {
        self.slots.push(Place::new(slot));
        let last = self.slots.len() - 1;
        // SAFETY: the place is new, so nobody else has its address.
        unsafe { self.slots[last].get_mut() }
    }

    /// Fails with `ENOENT` unless the object exists.
    pub fn assert_exists(&mut self) {
        self.place(Slot::Assertion);
        // SAFETY: the operation is live.
        unsafe { (self.api.rados_read_op_assert_exists)(self.raw) }
    }

    /// Fails with `ERANGE` or `EOVERFLOW` unless the object's version is `version`.
    pub fn assert_version(&mut self, version: u64) {
        self.place(Slot::Assertion);
        // SAFETY: the operation is live.
        unsafe { (self.api.rados_read_op_assert_version)(self.raw, version) }
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
        self.place(Slot::Assertion);
        // SAFETY: the operation is live, the name is a C string, and librados copies the value before it returns.
        unsafe {
            (self.api.rados_read_op_cmpxattr)(
                self.raw,
                name.as_ptr(),
                compare as u8,
                value.as_ptr().cast::<c_char>(),
                value.len(),
            );
        }
        Ok(())
    }

    /// Size and time of the last change.
    pub fn stat(&mut self) {
        let (api, raw) = (self.api, self.raw);
        if let Slot::Stat { size, mtime, ret } = self.place(Slot::stat()) {
            // SAFETY: the operation is live, and the places outlive it.
            unsafe { (api.rados_read_op_stat)(raw, size, mtime, ret) }
        }
    }

    /// Up to `length` bytes from `offset`. Unlike elsewhere, a length of 0 reads nothing. Memory for the full length is allocated.
    pub fn read(&mut self, offset: u64, length: usize) {
        let (api, raw) = (self.api, self.raw);
        if let Slot::Data { buffer, used, ret } = self.place(Slot::data(length)) {
            let room = buffer.as_mut_ptr().cast::<c_char>();
            // SAFETY: the operation is live; the buffer has room for `length` bytes, its memory does not move while the
            // operation lives, and the other places outlive it.
            unsafe { (api.rados_read_op_read)(raw, offset, length, room, used, ret) }
        }
    }

    /// All xattrs.
    pub fn xattrs(&mut self) {
        let (api, raw) = (self.api, self.raw);
        if let Slot::Xattrs { iterator, ret } = self.place(Slot::xattrs()) {
            // SAFETY: the operation is live, and the places outlive it.
            unsafe { (api.rados_read_op_getxattrs)(raw, iterator, ret) }
        }
    }

    /// At most `max` omap keys after `start_after`.
    ///
    /// # Errors
    /// `start_after` holds a NUL byte.
    pub fn omap_keys(&mut self, start_after: &[u8], max: u64) -> Result<(), OperationError> {
        let start_after = omap_position(start_after)?;
        let (api, raw) = (self.api, self.raw);
        if let Slot::Omap {
            iterator,
            more,
            ret,
        } = self.place(Slot::omap())
        {
            // SAFETY: the operation is live, the position a C string, and the places outlive it.
            unsafe {
                (api.rados_read_op_omap_get_keys2)(
                    raw,
                    start_after.as_ptr(),
                    max,
                    iterator,
                    more,
                    ret,
                );
            }
        }
        Ok(())
    }

    /// At most `max` omap entries after `start_after` whose keys begin with `prefix`.
    ///
    /// # Errors
    /// `start_after` or `prefix` holds a NUL byte.
    pub fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        max: u64,
    ) -> Result<(), OperationError> {
        let start_after = omap_position(start_after)?;
        let prefix = c_name(prefix).ok_or(OperationError::Nul {
            what: "the prefix of an omap listing",
        })?;
        let (api, raw) = (self.api, self.raw);
        if let Slot::Omap {
            iterator,
            more,
            ret,
        } = self.place(Slot::omap())
        {
            // SAFETY: the operation is live, both texts are C strings, and the places outlive it.
            unsafe {
                (api.rados_read_op_omap_get_vals2)(
                    raw,
                    start_after.as_ptr(),
                    prefix.as_ptr(),
                    max,
                    iterator,
                    more,
                    ret,
                );
            }
        }
        Ok(())
    }

    /// The entries of those `keys` that exist.
    pub fn omap_vals_by_keys(&mut self, keys: &[impl AsRef<[u8]>]) {
        let lengths: Vec<usize> = keys.iter().map(|key| key.as_ref().len()).collect();
        let keys: Vec<*const c_char> = keys
            .iter()
            .map(|key| key.as_ref().as_ptr().cast::<c_char>())
            .collect();
        let (api, raw) = (self.api, self.raw);
        if let Slot::Omap { iterator, ret, .. } = self.place(Slot::omap()) {
            // SAFETY: the operation is live, librados copies the keys before it returns, and the places outlive it.
            unsafe {
                (api.rados_read_op_omap_get_vals_by_keys2)(
                    raw,
                    keys.as_ptr(),
                    keys.len(),
                    lengths.as_ptr(),
                    iterator,
                    ret,
                );
            }
        }
    }

    /// Calls a method of a class.
    ///
    /// # Errors
    /// A name holds a NUL byte.
    pub fn exec(&mut self, class: &str, method: &str, input: &[u8]) -> Result<(), OperationError> {
        let (class, method) = method_names(class, method)?;
        let (api, raw) = (self.api, self.raw);
        if let Slot::Called {
            output,
            length,
            ret,
        } = self.place(Slot::called())
        {
            // SAFETY: the operation is live, the names are C strings, librados copies the input before it returns, and
            // the places outlive it.
            unsafe {
                (api.rados_read_op_exec)(
                    raw,
                    class.as_ptr(),
                    method.as_ptr(),
                    input.as_ptr().cast::<c_char>(),
                    input.len(),
                    output,
                    length,
                    ret,
                );
            }
        }
        Ok(())
    }

    /// Runs the operation and waits for the answer. The output of a call that wrote is returned only with `returnvec`; the
    /// consequences are described at [`ClusterUrl::returnvec`](crate::ClusterUrl::returnvec).
    ///
    /// # Errors
    /// The cluster's error. Nothing was applied, except perhaps after `ETIMEDOUT`.
    pub fn operate(
        mut self,
        pool: &Pool,
        oid: &str,
        returnvec: bool,
    ) -> Result<ReadAnswer, OperationError> {
        let oid = oid_name(oid)?;
        let answered = |errno| OperationError::Answered {
            errno,
            step: None,
            output: Bytes::new(),
            from_method: false,
        };
        let completion = Completion::new(self.api).map_err(answered)?;
        // SAFETY: all handles are live and the name is a C string. The slots live until the operation has completed:
        // it is waited for below, and librados does not touch them afterwards.
        let started = unsafe {
            (self.api.rados_aio_read_op_operate)(
                self.raw,
                pool.raw(),
                completion.raw(),
                oid.as_ptr(),
                if returnvec { RETURNVEC } else { 0 },
            )
        };
        let (result, version) = completion.wait(started).map_err(answered)?;
        match Errno::from_return(result) {
            None => {
                let api = self.api;
                // SAFETY: the operation is over.
                let steps = self
                    .slots
                    .iter_mut()
                    .map(|slot| unsafe { slot.get_mut() }.answer(api))
                    .collect();
                Ok(ReadAnswer { steps, version })
            }
            Some(errno) => Err(self.failure(errno)),
        }
    }

    /// The first step that answered with the operation's error number is the one that failed. Later steps may report
    /// anything: they did not run, but librados tried to decode their answers.
    fn failure(&self, errno: Errno) -> OperationError {
        let said = errno.to_return();
        // SAFETY: the operation is over.
        let slots: Vec<&Slot> = self
            .slots
            .iter()
            .map(|slot| unsafe { slot.get() })
            .collect();
        let found = slots.iter().position(|slot| slot.ret() == Some(said));
        let alone = (slots.len() == 1).then_some(0);
        let (output, from_method) = match found.map(|at| slots[at]) {
            Some(slot) if slot.is_call() => (slot.output(), true),
            _ => (Bytes::new(), false),
        };
        OperationError::Answered {
            errno,
            step: found.or(alone),
            output,
            from_method,
        }
    }
}

/// The name of an xattr for the C interface.
pub(crate) fn xattr_name(name: &[u8]) -> Result<std::ffi::CString, OperationError> {
    c_name(name).ok_or(OperationError::Nul {
        what: "the name of an xattr",
    })
}

fn omap_position(start_after: &[u8]) -> Result<std::ffi::CString, OperationError> {
    c_name(start_after).ok_or(OperationError::Nul {
        what: "the position of an omap listing",
    })
}

/// Class and method for the C interface.
pub(crate) fn method_names(
    class: &str,
    method: &str,
) -> Result<(std::ffi::CString, std::ffi::CString), OperationError> {
    match (c_name(class), c_name(method)) {
        (Some(class), Some(method)) => Ok((class, method)),
        _ => Err(OperationError::Nul {
            what: "the name of a class or method",
        }),
    }
}
