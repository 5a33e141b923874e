//! The shape of a table that is encoded, and its keys in byte order: two runs must produce the same bytes, and the
//! order of a Lua table differs from process to process.

use std::ffi::c_int;

use crate::{
    boundary::{State, host},
    env, ffi,
    parked::Slice,
    refusal::Refusal,
};

/// What a table is to the outside.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) enum Shape {
    /// Keys 1 to `n`.
    Sequence(i64),
    /// String keys only. Their slices are parked from this position on, sorted.
    Fields { from: usize, count: usize },
    /// Anything else: so many entries.
    Mixed(usize),
}

/// Looks at the table at `index` without running its metamethods. Fields are parked until [`forget`].
///
/// # Safety
/// Raises; in the shape of `boundary`. `index` is absolute.
pub(in crate::host) unsafe fn shape(l: State, name: &'static str, index: c_int) -> Shape {
    // SAFETY: the walk changes nothing; keys are not converted. Strings that are keys of the table stay.
    unsafe {
        let from = parked_count(l);
        let mut count = 0_usize;
        let mut fields = 0_usize;
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
                    let mut len = 0;
                    let at = ffi::lua_tolstring(l, -1, &mut len);
                    park(l, Slice { at: at.cast(), len });
                    fields += 1;
                }
            }
        }
        if sequence && usize::try_from(largest) == Ok(count) {
            Shape::Sequence(largest)
        } else if fields == count {
            lua_sys::charge(l, count * 8);
            host(l, name, move |call| {
                // SAFETY: the slices are keys of a table on the stack.
                call.parked.fields[from..].sort_unstable_by(|a, b| a.bytes().cmp(b.bytes()));
                Ok::<(), Refusal>(())
            });
            Shape::Fields { from, count }
        } else {
            forget(l, from);
            Shape::Mixed(count)
        }
    }
}

/// A parked field. Raises nothing.
pub(in crate::host) fn field(l: State, position: usize) -> Slice {
    with_fields(l, |fields| {
        fields.get(position).copied().unwrap_or(Slice::EMPTY)
    })
    .unwrap_or(Slice::EMPTY)
}

/// Forgets fields parked from `from` on. Raises nothing.
pub(in crate::host) fn forget(l: State, from: usize) {
    with_fields(l, |fields| fields.truncate(from));
}

fn parked_count(l: State) -> usize {
    with_fields(l, |fields| fields.len()).unwrap_or(0)
}

fn park(l: State, slice: Slice) {
    with_fields(l, |fields| fields.push(slice));
}

fn with_fields<R>(l: State, work: impl FnOnce(&mut Vec<Slice>) -> R) -> Option<R> {
    // SAFETY: guest code is suspended in the C function that called us; the borrow ends here.
    let env = unsafe { &mut *env::of(l) };
    env.call().map(|call| work(&mut call.parked.fields))
}
