//! The allocator of a state, whose whole bookkeeping lies at the start of the memory it hands out.
//!
//! A [`Heap`] header sits at the start of the region, so copying the used part of the region back restores the
//! allocator together with the state it serves. The end of the region, or a lower soft cap, is the memory limit.
//!
//! Blocks up to 512 bytes come from lists of equal blocks, larger ones from a two-level segregated fit
//! ([`large`]) that merges neighbours. Both take constant time whatever the guest does.

mod large;
mod small;

use std::ffi::c_void;

use crate::ffi;

/// Offset into the region. 0 is the header itself and therefore stands for "none".
type Offset = u32;

/// Largest region: offsets must fit in 32 bits with room to add two sizes.
pub(crate) const MAX_CAPACITY: usize = 1 << 30;

/// Heap size at which the collector starts: the debris of most calls vanishes with the restore, so collecting it
/// would be wasted work.
const COLLECT_FROM: usize = 1 << 20;

/// Who is told that an allocation was refused. Called from within Lua: must neither raise nor touch the state.
///
/// # Safety
/// Called with the owner the header was given, while that owner lives.
pub(crate) type Refused = unsafe fn(owner: *mut c_void, used: usize);

/// The header of a region.
///
/// INVARIANT: lies at the start of the region, is reachable through the region's base pointer only, and every
/// offset in it or in a free block is 0 or lies within `top`.
#[repr(C, align(16))]
pub(crate) struct Heap {
    /// Who is told about a refused allocation; lives outside the region. Null until the state has an owner.
    owner: *mut c_void,
    refused: Option<Refused>,
    /// The state, for the one call the allocator makes into Lua.
    pub(crate) state: *mut ffi::lua_State,
    /// No block may end after this offset.
    pub(crate) cap: usize,
    /// End of the mapped region.
    capacity: usize,
    /// First offset that belongs to no block. Everything after it is garbage.
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

impl Heap {
    /// The header of a region of `capacity` bytes that holds nothing yet.
    pub(crate) fn new(capacity: usize) -> Heap {
        // Blocks begin at multiples of 16, each after its tag.
        let start = size_of::<Heap>().next_multiple_of(16) + 16;
        Heap {
            owner: std::ptr::null_mut(),
            refused: None,
            state: std::ptr::null_mut(),
            cap: capacity,
            capacity,
            top: start,
            peak: start,
            used: 0,
            collect_from: usize::MAX,
            large: large::Lists::default(),
            small: small::Lists::default(),
        }
    }

    /// Sets who is told about refused allocations.
    pub(crate) fn on_refused(&mut self, refused: Refused, owner: *mut c_void) {
        self.refused = Some(refused);
        self.owner = owner;
    }

    /// Notes that the heap is about to be copied aside: what happens from here on belongs to one call.
    pub(crate) fn begin_image(&mut self) {
        self.peak = self.top;
        self.collect_from = self.used + COLLECT_FROM.min(self.capacity / 4);
    }
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
    // SAFETY: the owner outlives the region, as who sets it promises.
    unsafe {
        if let Some(refused) = (*heap).refused {
            refused((*heap).owner, (*heap).used);
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
