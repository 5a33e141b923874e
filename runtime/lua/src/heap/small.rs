//! Blocks of up to 512 bytes: one list per multiple of 16, carved from chunks, never given back within a call.

use super::{Heap, Offset, at, large, offset_of};

/// Largest small block.
pub(super) const MAX: usize = 512;

const CLASSES: usize = MAX / 16;

/// Bytes of a chunk that blocks are carved from; with its header one half page.
const CHUNK: usize = 2048 - large::HEADER;

/// Free blocks, and the chunk in use. A free block begins with the offset of the next one.
#[derive(Default)]
pub(super) struct Lists {
    free: [Offset; CLASSES],
    at: usize,
    end: usize,
}

/// Index of the list that serves `size`, which is at least 1.
pub(super) const fn class(size: usize) -> usize {
    (size - 1) / 16
}

/// Takes a block; null when the region is full.
pub(super) unsafe fn allocate(heap: *mut Heap, size: usize, cap: usize) -> *mut u8 {
    let class = class(size);
    let size = (class + 1) * 16;
    // SAFETY: list heads and the chunk bounds are offsets of free memory within the region.
    unsafe {
        let lists = &raw mut (*heap).small;
        let head = (*lists).free[class];
        if head != 0 {
            let block = at::<u8>(heap, head as usize);
            (*lists).free[class] = block.cast::<Offset>().read();
            (*heap).used += size;
            return block;
        }
        if (*lists).at + size > (*lists).end {
            let chunk = large::allocate(heap, CHUNK, cap);
            if chunk.is_null() {
                return chunk;
            }
            (*heap).used -= large::size_of_block(chunk);
            let rest = (*lists).end - (*lists).at;
            if rest >= 16 {
                push(heap, rest / 16 - 1, (*lists).at);
            }
            (*lists).at = offset_of(heap, chunk);
            (*lists).end = (*lists).at + CHUNK / 16 * 16;
        }
        let block = at::<u8>(heap, (*lists).at);
        (*lists).at += size;
        (*heap).used += size;
        block
    }
}

/// Gives a block back.
pub(super) unsafe fn free(heap: *mut Heap, block: *mut u8, size: usize) {
    let class = class(size);
    // SAFETY: the caller hands over a block of this class.
    unsafe {
        (*heap).used -= (class + 1) * 16;
        push(heap, class, offset_of(heap, block));
    }
}

unsafe fn push(heap: *mut Heap, class: usize, offset: usize) {
    // SAFETY: as `free`; blocks are 16-aligned and at least 16 bytes.
    unsafe {
        let lists = &raw mut (*heap).small;
        at::<Offset>(heap, offset).write((*lists).free[class]);
        (*lists).free[class] = narrow(offset);
    }
}

/// Offsets fit: the region is at most `MAX_CAPACITY` long.
#[expect(clippy::cast_possible_truncation, reason = "bounded by MAX_CAPACITY")]
const fn narrow(offset: usize) -> Offset {
    offset as Offset
}
