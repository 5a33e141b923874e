//! Values at addresses that librados keeps.

use std::ptr::NonNull;

/// A value on the heap that librados writes to while an operation is under way. A `Box` will not do: the compiler may
/// assume that nobody else reaches what a box owns.
pub(crate) struct Place<T>(NonNull<T>);

impl<T> Place<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(NonNull::from(Box::leak(Box::new(value))))
    }

    /// The value.
    ///
    /// # Safety
    /// librados does not write to it as long as the answer is used: no operation with this place is under way.
    pub(crate) unsafe fn get(&self) -> &T {
        // SAFETY: the pointer is that of a leaked box, given back on drop only; the caller rules writers out.
        unsafe { self.0.as_ref() }
    }

    /// As [`get`](Place::get).
    ///
    /// # Safety
    /// As for [`get`](Place::get); and addresses inside that were handed to librados before are not used again.
    pub(crate) unsafe fn get_mut(&mut self) -> &mut T {
        // SAFETY: as for `get`, and `self` is borrowed for as long.
        unsafe { self.0.as_mut() }
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of a leaked box and nobody uses it any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
