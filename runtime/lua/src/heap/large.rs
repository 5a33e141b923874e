//! Blocks above 512 bytes: two-level segregated fit (Masmano et al., 2004), constant time, neighbours merged.
//!
//! Every block is preceded by a [`Tag`]; blocks lie one after the other up to `top`, and no two neighbours are
//! both free. What lies after `top` is the reserve from which blocks are cut when no free one fits.

use super::{Heap, Offset, at, offset_of};

/// Bytes of a tag.
pub(super) const HEADER: usize = 8;

/// Smallest block, tag included: a free one must hold its two links.
const MIN: usize = 64;
const MIN_LOG: u32 = MIN.trailing_zeros();

/// Classes per power of two.
const SECOND: usize = 8;
const SECOND_LOG: u32 = SECOND.trailing_zeros();
/// Powers of two from `MIN` up to `MAX_CAPACITY`.
const FIRST: usize = 26;

const FREE: u32 = 1;

/// What precedes a block. Sizes are multiples of 16 and count the tag, so the low bit is free for a flag.
#[repr(C)]
struct Tag {
    size_and_flag: u32,
    /// Offset of the tag of the block before this one, 0 for the first.
    before: Offset,
}

/// The links of a free block, in its first bytes.
#[repr(C)]
struct Links {
    next: Offset,
    previous: Offset,
}

/// Free blocks by size.
#[derive(Default)]
pub(super) struct Lists {
    first: u32,
    second: [u8; FIRST],
    heads: [[Offset; SECOND]; FIRST],
    /// Tag of the last block before `top`, 0 when there is none.
    last: Offset,
}

/// Takes a block of at least `size` bytes; null when none fits below `cap`.
pub(super) unsafe fn allocate(heap: *mut Heap, size: usize, cap: usize) -> *mut u8 {
    // An absurd size must not wrap.
    if size > super::MAX_CAPACITY {
        return std::ptr::null_mut();
    }
    let need = (size + HEADER).next_multiple_of(16).max(MIN);
    // SAFETY: `find` yields the tag of a free block of at least `need` bytes; a block cut from the reserve ends
    // within `cap`, which is within the region.
    unsafe {
        let mut tag = find(heap, need);
        if tag != 0 {
            unlink(heap, tag);
            split(heap, tag, need);
        } else {
            let top = (*heap).top;
            if top + need > cap {
                return std::ptr::null_mut();
            }
            tag = top - HEADER;
            at::<Tag>(heap, tag).write(Tag {
                size_and_flag: narrow(need),
                before: (*heap).large.last,
            });
            (*heap).large.last = narrow(tag);
            set_top(heap, top + need);
        }
        (*heap).used += size_at(heap, tag);
        at(heap, tag + HEADER)
    }
}

/// Gives a block back and merges it with free neighbours.
pub(super) unsafe fn free(heap: *mut Heap, block: *mut u8) {
    let tag = offset_of(heap, block) - HEADER;
    // SAFETY: the caller hands over a block of ours.
    unsafe {
        (*heap).used -= size_at(heap, tag);
        release(heap, tag);
    }
}

/// Grows or shrinks a block where it is. Returns whether it could.
pub(super) unsafe fn resize(heap: *mut Heap, block: *mut u8, size: usize) -> bool {
    if size > super::MAX_CAPACITY {
        return false;
    }
    let tag = offset_of(heap, block) - HEADER;
    let need = (size + HEADER).next_multiple_of(16).max(MIN);
    // SAFETY: the caller hands over a block of ours; a block is extended over a free neighbour or the reserve.
    unsafe {
        let old = size_at(heap, tag);
        if need > old {
            let next = tag + old;
            if next + HEADER == (*heap).top {
                if tag + need + HEADER > (*heap).cap {
                    return false;
                }
                (*at::<Tag>(heap, tag)).size_and_flag = narrow(need);
                set_top(heap, tag + need + HEADER);
            } else if is_free(heap, next) && old + size_at(heap, next) >= need {
                let whole = old + size_at(heap, next);
                unlink(heap, next);
                set_size(heap, tag, whole);
                split(heap, tag, need);
            } else {
                return false;
            }
        } else {
            split(heap, tag, need);
        }
        (*heap).used = (*heap).used + size_at(heap, tag) - old;
        true
    }
}

/// Bytes a block occupies, tag included.
pub(super) unsafe fn size_of_block(block: *mut u8) -> usize {
    // SAFETY: a tag precedes every block.
    unsafe { ((*block.sub(HEADER).cast::<Tag>()).size_and_flag & !FREE) as usize }
}

/// Cuts what exceeds `need` off a block in use and frees it.
unsafe fn split(heap: *mut Heap, tag: usize, need: usize) {
    // SAFETY: the rest begins and ends within the block.
    unsafe {
        let size = size_at(heap, tag);
        if size - need < MIN {
            return;
        }
        let rest = tag + need;
        (*at::<Tag>(heap, tag)).size_and_flag = narrow(need);
        at::<Tag>(heap, rest).write(Tag {
            size_and_flag: narrow(size - need),
            before: narrow(tag),
        });
        set_before_of_next(heap, rest);
        release(heap, rest);
    }
}

/// Makes a block free: merged with its neighbours, or part of the reserve when it is the last.
unsafe fn release(heap: *mut Heap, tag: usize) {
    // SAFETY: tags and sizes chain through the region; neighbours that are free are in a list.
    unsafe {
        let mut tag = tag;
        let mut size = size_at(heap, tag);
        let before = (*at::<Tag>(heap, tag)).before as usize;
        if before != 0 && is_free(heap, before) {
            unlink(heap, before);
            size += size_at(heap, before);
            tag = before;
        }
        let next = tag + size;
        if next + HEADER == (*heap).top {
            (*heap).large.last = (*at::<Tag>(heap, tag)).before;
            (*heap).top = tag + HEADER;
            return;
        }
        if is_free(heap, next) {
            unlink(heap, next);
            size += size_at(heap, next);
        }
        set_size(heap, tag, size);
        link(heap, tag);
    }
}

/// Writes a block's size, in use, and tells its neighbour where it begins.
unsafe fn set_size(heap: *mut Heap, tag: usize, size: usize) {
    // SAFETY: as the callers.
    unsafe {
        (*at::<Tag>(heap, tag)).size_and_flag = narrow(size);
        set_before_of_next(heap, tag);
    }
}

unsafe fn set_before_of_next(heap: *mut Heap, tag: usize) {
    // SAFETY: a block that does not end at `top` has a tag after it.
    unsafe {
        let next = tag + size_at(heap, tag);
        if next + HEADER == (*heap).top {
            (*heap).large.last = narrow(tag);
        } else {
            (*at::<Tag>(heap, next)).before = narrow(tag);
        }
    }
}

unsafe fn set_top(heap: *mut Heap, top: usize) {
    // SAFETY: plain fields of the header.
    unsafe {
        (*heap).top = top;
        (*heap).peak = (*heap).peak.max(top);
    }
}

unsafe fn size_at(heap: *mut Heap, tag: usize) -> usize {
    // SAFETY: the caller names the offset of a tag.
    unsafe { ((*at::<Tag>(heap, tag)).size_and_flag & !FREE) as usize }
}

unsafe fn is_free(heap: *mut Heap, tag: usize) -> bool {
    // SAFETY: the caller names the offset of a tag.
    unsafe { (*at::<Tag>(heap, tag)).size_and_flag & FREE != 0 }
}

/// Row and column of the list that holds blocks of `size` bytes.
const fn class(size: usize) -> (usize, usize) {
    let log = usize::BITS - 1 - size.leading_zeros();
    (
        (log - MIN_LOG) as usize,
        (size >> (log - SECOND_LOG)) & (SECOND - 1),
    )
}

/// The tag of a free block of at least `need` bytes, 0 when the lists hold none.
unsafe fn find(heap: *mut Heap, need: usize) -> usize {
    // A block of the size that was just freed is first in its own list, where not every block is large enough.
    let (row, column) = class(need);
    // SAFETY: a head is the tag of a free block.
    unsafe {
        let own = (*heap).large.heads[row][column] as usize;
        if own != 0 && size_at(heap, own) >= need {
            return own;
        }
    }
    // Rounded up to the next class, every block of which is large enough.
    let log = usize::BITS - 1 - need.leading_zeros();
    let (row, column) = class(need + (1 << (log - SECOND_LOG)) - 1);
    // SAFETY: the bitmaps mirror the heads; rows stay below FIRST because sizes do below MAX_CAPACITY.
    unsafe {
        let lists = &raw const (*heap).large;
        let here = (*lists).second[row] & (u8::MAX << column);
        if here != 0 {
            return (*lists).heads[row][here.trailing_zeros() as usize] as usize;
        }
        let rows = (*lists).first & (u32::MAX << row << 1);
        if rows == 0 {
            return 0;
        }
        let row = rows.trailing_zeros() as usize;
        (*lists).heads[row][(*lists).second[row].trailing_zeros() as usize] as usize
    }
}

unsafe fn link(heap: *mut Heap, tag: usize) {
    // SAFETY: the caller names a block that is in no list and at least MIN bytes long.
    unsafe {
        let (row, column) = class(size_at(heap, tag));
        let lists = &raw mut (*heap).large;
        let head = (*lists).heads[row][column];
        (*at::<Tag>(heap, tag)).size_and_flag |= FREE;
        at::<Links>(heap, tag + HEADER).write(Links {
            next: head,
            previous: 0,
        });
        if head != 0 {
            (*at::<Links>(heap, head as usize + HEADER)).previous = narrow(tag);
        }
        (*lists).heads[row][column] = narrow(tag);
        (*lists).second[row] |= 1 << column;
        (*lists).first |= 1 << row;
    }
}

unsafe fn unlink(heap: *mut Heap, tag: usize) {
    // SAFETY: the caller names a free block, which is in the list of its size.
    unsafe {
        let (row, column) = class(size_at(heap, tag));
        let Links { next, previous } = at::<Links>(heap, tag + HEADER).read();
        if next != 0 {
            (*at::<Links>(heap, next as usize + HEADER)).previous = previous;
        }
        if previous != 0 {
            (*at::<Links>(heap, previous as usize + HEADER)).next = next;
        } else {
            let lists = &raw mut (*heap).large;
            (*lists).heads[row][column] = next;
            if next == 0 {
                (*lists).second[row] &= !(1 << column);
                if (*lists).second[row] == 0 {
                    (*lists).first &= !(1 << row);
                }
            }
        }
        (*at::<Tag>(heap, tag)).size_and_flag &= !FREE;
    }
}

/// Offsets and sizes fit: the region is at most `MAX_CAPACITY` long.
#[expect(clippy::cast_possible_truncation, reason = "bounded by MAX_CAPACITY")]
const fn narrow(offset: usize) -> u32 {
    offset as u32
}
