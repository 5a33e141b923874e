//! Values that host functions leave with the call while they read arguments and push results.

use bytes::Bytes;
use objclass::Pair;

use crate::refusal::Refusal;

/// Most entries one call may hand over in a table. Longer work is split by the author; without a bound one
/// C function would walk a table of any size between two looks at the clock.
pub(crate) const MAX_ENTRIES: usize = 16_384;

/// See the module. What stays here after a host function is dropped by the next one or with the call.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    /// Result: a value.
    pub(crate) bytes: Bytes,
    /// Result: entries.
    pub(crate) pairs: Vec<Pair>,
    /// Result: keys.
    pub(crate) keys: Vec<Bytes>,
    /// Arguments: keys one behind the other.
    staged_keys: Vec<u8>,
    /// Arguments: for each entry the end of its key and where its value lies.
    staged: Vec<(usize, Slice)>,
    /// Bytes staged so far.
    staged_bytes: u64,
}

/// Bytes in the Lua heap or in the client's input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) at: *const u8,
    pub(crate) len: usize,
}

impl Slice {
    pub(crate) const EMPTY: Slice = Slice {
        at: std::ptr::NonNull::dangling().as_ptr(),
        len: 0,
    };

    pub(crate) fn of(bytes: &[u8]) -> Slice {
        Slice {
            at: bytes.as_ptr(),
            len: bytes.len(),
        }
    }

    /// The bytes.
    ///
    /// # Safety
    /// They must still be where they were: nothing may have run in Lua since the slice was taken, unless the value
    /// it belongs to is anchored.
    pub(crate) unsafe fn bytes<'x>(self) -> &'x [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: forwarded.
        unsafe { std::slice::from_raw_parts(self.at, self.len) }
    }
}

impl Parked {
    /// Forgets the entries of an earlier conversion.
    pub(crate) fn clear_staged(&mut self) {
        self.staged_keys.clear();
        self.staged.clear();
        self.staged_bytes = 0;
    }

    /// Adds an entry that a table holds. `limit` is what the call may still write: the same long value under many
    /// keys costs the script nothing, so the sum is checked before anything is copied.
    ///
    /// # Safety
    /// As [`Slice::bytes`], for the key.
    pub(crate) unsafe fn stage(
        &mut self,
        key: Slice,
        value: Slice,
        limit: u64,
    ) -> Result<(), Refusal> {
        if self.staged.len() >= MAX_ENTRIES {
            return Err(Refusal::Errno(objclass::Errno::E2BIG));
        }
        self.staged_bytes += (key.len + value.len) as u64;
        if self.staged_bytes > limit {
            return Err(Refusal::Ended);
        }
        // SAFETY: as the caller promises.
        self.staged_keys.extend_from_slice(unsafe { key.bytes() });
        self.staged.push((self.staged_keys.len(), value));
        Ok(())
    }

    /// The staged entries.
    pub(crate) fn staged(&self) -> Vec<(&[u8], Slice)> {
        let mut start = 0;
        self.staged
            .iter()
            .map(|&(end, value)| {
                let key = &self.staged_keys[start..end];
                start = end;
                (key, value)
            })
            .collect()
    }

    /// The values that wait to be pushed, by position.
    pub(crate) fn pair(&self, index: usize) -> (Slice, Slice) {
        let (key, value) = &self.pairs[index];
        (Slice::of(key), Slice::of(value))
    }
}
