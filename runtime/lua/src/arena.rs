//! The one region of memory that holds every byte of a Lua state, and nothing of anyone else: mapped, copied aside,
//! copied back. The [`Heap`] at its start hands it out.

use memmap2::{MmapMut, MmapOptions, UncheckedAdvice};

use crate::heap::{Heap, MAX_CAPACITY};

/// Smallest region in which a state with its libraries fits comfortably.
const MIN_CAPACITY: usize = 256 << 10;

/// Pages beyond the image go back to the system once a call dirtied more than this.
const KEEP: usize = 512 << 10;

/// A mapped region with a heap in it.
pub(crate) struct Arena {
    map: MmapMut,
}

impl Arena {
    /// Maps a region of `capacity` bytes (clamped to what a heap can manage). Pages are backed when touched.
    pub(crate) fn new(capacity: usize) -> std::io::Result<Arena> {
        let capacity = usize::try_from(capacity_for(capacity as u64)).unwrap_or(MAX_CAPACITY);
        let map = MmapOptions::new()
            .len(capacity)
            .no_reserve_swap()
            .map_anon()?;
        let mut arena = Arena { map };
        // SAFETY: the region is page-aligned, larger than a `Heap`, and ours alone.
        unsafe { arena.heap().write(Heap::new(capacity)) };
        Ok(arena)
    }

    /// The header. Its pointer may be used to reach the whole region.
    pub(crate) fn heap(&mut self) -> *mut Heap {
        self.map.as_mut_ptr().cast()
    }

    /// Bytes mapped.
    pub(crate) fn capacity(&self) -> usize {
        self.map.len()
    }

    /// Copies the used part aside.
    pub(crate) fn image(&mut self) -> Box<[u8]> {
        let heap = self.heap();
        // SAFETY: the header is initialised since `new`.
        let top = unsafe {
            (*heap).begin_image();
            (*heap).top
        };
        self.map[..top].into()
    }

    /// Makes the region what it was when `image` was taken.
    pub(crate) fn restore(&mut self, image: &[u8]) {
        self.map[..image.len()].copy_from_slice(image);
    }

    /// Bytes in use.
    pub(crate) fn used(&mut self) -> usize {
        // SAFETY: the header is initialised since `new`.
        unsafe { (*self.heap()).top }
    }

    /// Gives pages after the first `used` bytes back when more was dirtied. What lies there must be garbage.
    pub(crate) fn trim(&mut self, used: usize) {
        // SAFETY: the header is initialised since `new`.
        let peak = unsafe { (*self.heap()).peak }.min(self.map.len());
        let keep = used.next_multiple_of(4096);
        if peak > keep + KEEP {
            // SAFETY: what lies there is garbage now, or once the image is restored, which happens before the state is
            // used again; reading zeros there is as good as reading garbage. Advice can only fail to save memory.
            let _ = unsafe {
                self.map.unchecked_advise_range(
                    UncheckedAdvice::DontNeed,
                    keep,
                    (peak - keep)
                        .next_multiple_of(4096)
                        .min(self.map.len() - keep),
                )
            };
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self, length: usize) -> &[u8] {
        &self.map[..length]
    }
}

/// Bytes that are mapped for a limit of `memory` bytes.
pub(crate) fn capacity_for(memory: u64) -> u64 {
    memory.clamp(MIN_CAPACITY as u64, MAX_CAPACITY as u64) & !4095
}
