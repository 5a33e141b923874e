//! The shape of a table that is encoded, and its keys in byte order: two runs must produce the same bytes, and the
//! order of a Lua table differs from process to process.
//!
//! The names lie in the Lua heap while they are needed, so the memory limit covers them. Sorting them is paid before it
//! begins, by their number and length alone: what it takes depends on the order it finds, which differs from process to
//! process, and fuel must not. So the clock is looked at meanwhile.

use std::{cmp::Ordering, ffi::c_int};

use crate::{
    boundary::{State, look, raise},
    ffi,
    parked::Slice,
};

/// Stack slots a level of an encoder needs: the table, a key, a value, the names, and what they need in turn.
pub(super) const SLOTS: c_int = 10;

/// Bytes compared that count as one comparison.
const COMPARED: usize = 64;

/// Comparisons between two looks at the clock.
const LOOK: usize = 1024;

/// What a table is to the outside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Keys 1 to `n`.
    Sequence(i64),
    /// String keys only. Their list is pushed.
    Fields(Fields),
    /// Anything else: so many entries.
    Mixed(usize),
}

/// Names of fields in byte order. They lie in a userdata that stays on the stack; the names themselves are keys of the
/// table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    names: *mut Slice,
    /// How many there are.
    pub(super) count: usize,
}

impl Fields {
    /// The name at `position`, which is below `count`.
    ///
    /// # Safety
    /// The userdata is still on the stack, and the table still has these keys.
    pub(super) unsafe fn name(self, position: usize) -> Slice {
        debug_assert!(position < self.count);
        // SAFETY: as the caller promises.
        unsafe { self.names.add(position).read() }
    }
}

/// The tables an encoder is inside of, innermost first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<'o> {
    table: *const std::ffi::c_void,
    outer: Option<&'o Within<'o>>,
}

impl<'o> Within<'o> {
    /// Enters the table at `index`. A table within itself has no end.
    ///
    /// # Safety
    /// Raises; in the shape of `boundary`.
    pub(super) unsafe fn enter(
        l: State,
        name: &'static str,
        index: c_int,
        outer: Option<&'o Within<'o>>,
    ) -> Within<'o> {
        // SAFETY: as the caller promises; compares addresses.
        unsafe {
            let table = ffi::lua_topointer(l, index);
            let mut next = outer;
            while let Some(within) = next {
                if within.table == table {
                    raise(l, &[name, ": a table holds itself"]);
                }
                next = within.outer;
            }
            Within { table, outer }
        }
    }
}

/// Looks at the table at `index` without running its metamethods. Pushes the list of names if the shape is
/// [`Shape::Fields`], else nothing.
///
/// # Safety
/// Raises; in the shape of `boundary`. `index` is absolute, and `SLOTS` are free.
pub(super) unsafe fn shape(l: State, index: c_int) -> Shape {
    // SAFETY: the walk changes nothing; keys are not converted.
    unsafe {
        let mut count = 0_usize;
        let mut fields = 0_usize;
        let mut bytes = 0_usize;
        let mut largest = 0_i64;
        let mut sequence = true;
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, index) != 0 {
            lua_sys::charge(l, 4);
            ffi::lua_pop(l, 1);
            count += 1;
            if ffi::lua_isinteger(l, -1) != 0 {
                let key = ffi::lua_tointegerx(l, -1, std::ptr::null_mut());
                sequence &= key >= 1;
                largest = largest.max(key);
            } else {
                sequence = false;
                if ffi::lua_type(l, -1) == ffi::LUA_TSTRING {
                    fields += 1;
                    bytes += key(l).len;
                }
            }
        }
        if sequence && usize::try_from(largest) == Ok(count) {
            Shape::Sequence(largest)
        } else if fields == count {
            Shape::Fields(sorted(l, index, count, bytes))
        } else {
            Shape::Mixed(count)
        }
    }
}

/// The string on top.
unsafe fn key(l: State) -> Slice {
    let mut len = 0;
    // SAFETY: the caller looked at the type; a string is not converted.
    let at = unsafe { ffi::lua_tolstring(l, -1, &mut len) };
    Slice { at: at.cast(), len }
}

/// Pushes the list of the `count` names of the table at `index`, which are `bytes` long together.
unsafe fn sorted(l: State, index: c_int, count: usize, bytes: usize) -> Fields {
    // SAFETY: the userdata has room for all names, and its contents are plain. Nothing is added to the table between
    // the two walks. Strings that are keys of the table stay.
    unsafe {
        let rounds = (usize::BITS - count.leading_zeros()) as usize;
        lua_sys::charge(l, (count + bytes / COMPARED).saturating_mul(rounds));
        let names = ffi::lua_newuserdatauv(l, count * size_of::<Slice>(), 0).cast::<Slice>();
        let mut at = 0;
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, index) != 0 {
            lua_sys::charge(l, 4);
            ffi::lua_pop(l, 1);
            names.add(at).write(key(l));
            at += 1;
        }
        let fields = Fields { names, count };
        sort(l, fields);
        fields
    }
}

/// Sorts by bytes, in place: a heap sort, as its frame may be left at every comparison.
unsafe fn sort(l: State, fields: Fields) {
    // SAFETY: positions stay below the count; the frame holds only `Copy` values.
    unsafe {
        let mut work = Sorting { l, since: 0 };
        for start in (0..fields.count / 2).rev() {
            sift(&mut work, fields, start, fields.count);
        }
        for end in (1..fields.count).rev() {
            std::ptr::swap(fields.names, fields.names.add(end));
            sift(&mut work, fields, 0, end);
        }
    }
}

/// Moves the name at `root` down until no child below `end` is larger.
unsafe fn sift(work: &mut Sorting, fields: Fields, mut root: usize, end: usize) {
    // SAFETY: as `sort`.
    unsafe {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end
                && work
                    .compare(fields.name(child), fields.name(child + 1))
                    .is_lt()
            {
                child += 1;
            }
            if work.compare(fields.name(root), fields.name(child)).is_ge() {
                return;
            }
            std::ptr::swap(fields.names.add(root), fields.names.add(child));
            root = child;
        }
    }
}

/// Comparisons since the clock was looked at.
#[derive(Clone, Copy)]
struct Sorting {
    l: State,
    since: usize,
}

impl Sorting {
    unsafe fn compare(&mut self, left: Slice, right: Slice) -> Ordering {
        // SAFETY: the names are keys of a table on the stack; only `Copy` values are alive.
        unsafe {
            self.since += 1 + left.len.min(right.len) / COMPARED;
            if self.since >= LOOK {
                self.since = 0;
                look(self.l);
            }
            left.bytes().cmp(right.bytes())
        }
    }
}
