//! An allocator for the life of one call.
//!
//! Memory is given out front to back. Only the piece given out last can grow in place or be taken back; all other memory
//! goes with the instance. That suits a call: it is over long before its memory is worth tidying, and what is never
//! searched needs no code.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::Cell,
    ptr,
};

const PAGE: usize = 64 << 10;

unsafe extern "C" {
    /// Where the linker's own use of memory ends. Only its address means something.
    static __heap_base: u8;
}

struct FrontToBack {
    /// The first free byte; 0 before the first use.
    next: Cell<usize>,
}

// SAFETY: a class has one thread; the world offers no way to start another.
unsafe impl Sync for FrontToBack {}

#[global_allocator]
static ALLOCATOR: FrontToBack = FrontToBack { next: Cell::new(0) };

impl FrontToBack {
    fn next(&self) -> usize {
        match self.next.get() {
            0 => (&raw const __heap_base).addr(),
            next => next,
        }
    }

    /// Takes everything up to `end`, with more pages where needed; `false` when there are none.
    fn take_to(&self, end: usize) -> bool {
        let present = memory_size(0) * PAGE;
        if end > present && memory_grow(0, (end - present).div_ceil(PAGE)) == usize::MAX {
            return false;
        }
        self.next.set(end);
        true
    }
}

// SAFETY: pieces do not overlap, for `next` only goes back over the piece that was given out last; they are aligned and
// lie in memory that exists, which never shrinks.
unsafe impl GlobalAlloc for FrontToBack {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let end = self
            .next()
            .checked_next_multiple_of(layout.align())
            .and_then(|start| Some((start, start.checked_add(layout.size())?)));
        match end {
            Some((start, end)) if self.take_to(end) => ptr::with_exposed_provenance_mut(start),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if piece.addr() + layout.size() == self.next() {
            self.next.set(piece.addr());
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if piece.addr() + layout.size() == self.next() {
            return match piece.addr().checked_add(size) {
                Some(end) if self.take_to(end) => piece,
                _ => ptr::null_mut(),
            };
        }
        if size <= layout.size() {
            return piece;
        }
        // SAFETY: the caller promises that `size` fits the alignment and is not 0.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: both pieces hold that many bytes, and the new one is not the old one.
            unsafe { ptr::copy_nonoverlapping(piece, moved, layout.size()) };
        }
        moved
    }
}
