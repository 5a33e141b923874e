//! The one region of memory that holds every byte of a Lua state, and nothing of anyone else.
//!
//! A [`Heap`] header sits at the start of the region; the allocator's whole bookkeeping lives in it, so copying
//! the used part of the region back restores the allocator together with the state it serves. The end of the
//! region, or a lower soft cap, is the memory limit.
//!
//! Blocks up to 512 bytes come from lists of equal blocks, larger ones from a two-level segregated fit
//! ([`large`]) that merges neighbours. Both take constant time whatever the guest does.

mod large;
mod small;

use std::ffi::c_void;

use memmap2::{MmapMut, MmapOptions, UncheckedAdvice};

use crate::{env::Env, ffi};

/// Offset into the region. 0 is the header itself and therefore stands for "none".
type Offset = u32;

/// Largest region: offsets must fit in 32 bits with room to add two sizes.
const MAX_CAPACITY: usize = 1 << 30;

/// Smallest region in which a state with its libraries fits comfortably.
const MIN_CAPACITY: usize = 256 << 10;

/// Heap size at which the collector starts: the debris of most calls vanishes with the restore, so collecting it
/// would be wasted work.
const COLLECT_FROM: usize = 1 << 20;

/// Pages beyond the image go back to the system once a call dirtied more than this.
const KEEP: usize = 512 << 10;

/// The header of a region.
///
/// INVARIANT: lies at the start of the region, is reachable through the region's base pointer only, and every
/// offset in it or in a free block is 0 or lies within `top`.
#[repr(C, align(16))]
pub(crate) struct Heap {
    /// What surrounds the state; lives outside the region.
    pub(crate) env: *mut Env,
    /// The state, for the one call the allocator makes into Lua.
    pub(crate) state: *mut ffi::lua_State,
    /// No block may end behind this offset.
    pub(crate) cap: usize,
    /// End of the mapped region.
    capacity: usize,
    /// First offset that belongs to no block. Everything behind it is garbage.
    pub(crate) top: usize,
    /// Largest `top` so far.
    pub(crate) peak: usize,
    /// Bytes in blocks the state holds.
    used: usize,
    /// The collector starts when `used` passes this.
    collect_from: usize,
    large: large::Lists,
    small: small::Lists,
}

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
        // Blocks begin at multiples of 16, each behind its tag.
        let start = size_of::<Heap>().next_multiple_of(16) + 16;
        let heap = Heap {
            env: std::ptr::null_mut(),
            state: std::ptr::null_mut(),
            cap: capacity,
            capacity,
            top: start,
            peak: start,
            used: 0,
            collect_from: usize::MAX,
            large: large::Lists::default(),
            small: small::Lists::default(),
        };
        // SAFETY: the region is page-aligned, larger than a `Heap`, and ours alone.
        unsafe { arena.heap().write(heap) };
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
            (*heap).peak = (*heap).top;
            (*heap).collect_from = (*heap).used + COLLECT_FROM.min((*heap).capacity / 4);
            (*heap).top
        };
        self.map[..top].into()
    }

    /// Makes the region what it was when `image` was taken.
    pub(crate) fn restore(&mut self, image: &[u8]) {
        self.map[..image.len()].copy_from_slice(image);
    }

    /// Gives pages behind the image back when the last call dirtied many.
    pub(crate) fn trim(&mut self, image: &[u8]) {
        // SAFETY: the header is initialised since `new`.
        let peak = unsafe { (*self.heap()).peak }.min(self.map.len());
        let keep = image.len().next_multiple_of(4096);
        if peak > keep + KEEP {
            // SAFETY: everything behind the image's `top` is garbage once the image is restored, which happens
            // before the state is used again; reading zeros there is as good as reading garbage. Advice can
            // only fail to save memory.
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

/// Whether a block of `size` bytes is served by the small lists.
const fn is_small(size: usize) -> bool {
    size <= small::MAX
}

/// The `lua_Alloc` of every state: `ud` is the region's header.
///
/// # Safety
/// `ud` must be the header of a live region and `ptr` null or a block of exactly `osize` bytes obtained here.
pub(crate) unsafe extern "C" fn lua_alloc(
    ud: *mut c_void,
    ptr: *mut c_void,
    osize: usize,
    nsize: usize,
) -> *mut c_void {
    let heap = ud.cast::<Heap>();
    let ptr = ptr.cast::<u8>();
    // SAFETY: forwarded from the caller.
    let block = unsafe {
        if ptr.is_null() {
            if nsize == 0 {
                return std::ptr::null_mut();
            }
            allocate(heap, nsize, (*heap).cap)
        } else if nsize == 0 {
            free(heap, ptr, osize);
            return std::ptr::null_mut();
        } else {
            reallocate(heap, ptr, osize, nsize)
        }
    };
    // SAFETY: the header is live; `block` was just decided.
    unsafe {
        if block.is_null() {
            refused(heap);
        } else if (*heap).used > (*heap).collect_from && !(*heap).state.is_null() {
            (*heap).collect_from = usize::MAX;
            // Sets two fields of the collector and cannot raise; Lua's own code runs it in a library function.
            ffi::lua_gc((*heap).state, ffi::LUA_GCRESTART);
        }
    }
    block.cast()
}

/// Notes that the limit was met. Lua answers with a full collection and a second try, so the clock must be looked
/// at soon: a guest at the brink would otherwise buy a collection with every instruction.
#[cold]
unsafe fn refused(heap: *mut Heap) {
    // SAFETY: `env` is null only before the state is known to anyone.
    unsafe {
        if let Some(env) = (*heap).env.as_mut() {
            env.memory_refused((*heap).used);
        }
    }
}

unsafe fn allocate(heap: *mut Heap, size: usize, cap: usize) -> *mut u8 {
    // SAFETY: forwarded.
    unsafe {
        if is_small(size) {
            small::allocate(heap, size, cap)
        } else {
            large::allocate(heap, size, cap)
        }
    }
}

unsafe fn free(heap: *mut Heap, block: *mut u8, size: usize) {
    // SAFETY: forwarded; the size alone decides the kind, so it is the one it was allocated as.
    unsafe {
        if is_small(size) {
            small::free(heap, block, size)
        } else {
            large::free(heap, block)
        }
    }
}

unsafe fn reallocate(heap: *mut Heap, block: *mut u8, old: usize, new: usize) -> *mut u8 {
    // SAFETY: forwarded; the copied length fits both blocks.
    unsafe {
        if is_small(old) && is_small(new) && small::class(old) == small::class(new) {
            return block;
        }
        if !is_small(old) && !is_small(new) && large::resize(heap, block, new) {
            return block;
        }
        // Lua counts on shrinking to succeed, so it may pass the soft cap.
        let cap = if new > old {
            (*heap).cap
        } else {
            (*heap).capacity
        };
        let moved = allocate(heap, new, cap);
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(block, moved, old.min(new));
            free(heap, block, old);
        }
        moved
    }
}

/// A pointer to what lies at `offset`.
unsafe fn at<T>(heap: *mut Heap, offset: usize) -> *mut T {
    // SAFETY: offsets lie within the region, and `heap` carries the provenance of all of it.
    unsafe { heap.cast::<u8>().add(offset).cast() }
}

/// The offset of `block`.
fn offset_of(heap: *mut Heap, block: *mut u8) -> usize {
    block.addr() - heap.addr()
}

#[cfg(test)]
mod tests;
