//! `bufferlist`: bytes a script can append to. Its storage lies in the Lua heap and counts as memory.
//!
//! Ceph's list of segments is a single block here that grows by doubling. The input of a call is borrowed from the
//! client instead of copied; the first append copies it.

use std::{
    cmp::Ordering,
    ffi::{c_int, c_void},
};

use objclass::LimitKind;

use crate::{
    boundary::{self, COPY_COST, State, check_string, host, push_slice},
    env, ffi,
    parked::Slice,
    refusal::Refusal,
};

/// Smallest storage that is allocated.
const MIN_STORAGE: usize = 64;

/// Place of the storage among a buffer's user values.
const STORAGE: c_int = 1;

/// What the userdata holds.
///
/// INVARIANT: `data..data + len` is readable: it lies in the storage userdata that is the buffer's user value, or
/// (then `capacity` is 0) in the client's input, which outlives the call.
#[repr(C)]
pub(crate) struct Buffer {
    data: *const u8,
    len: usize,
    capacity: usize,
    /// Whether this is the output of the call, which the output limit bounds as it grows.
    output: bool,
}

impl Buffer {
    pub(crate) fn slice(&self) -> Slice {
        Slice {
            at: self.data,
            len: self.len,
        }
    }

    /// Makes the buffer show bytes that live outside the heap.
    pub(crate) fn borrow(&mut self, bytes: &[u8]) {
        self.data = bytes.as_ptr();
        self.len = bytes.len();
        self.capacity = 0;
    }

    /// Replaces four bytes that were appended to this buffer before.
    ///
    /// # Safety
    /// They were appended: the bytes lie in storage of the buffer's own.
    pub(crate) unsafe fn patch(&mut self, place: usize, bytes: [u8; 4]) {
        debug_assert!(place + 4 <= self.len && self.len <= self.capacity);
        // SAFETY: as the caller promises.
        unsafe {
            self.data
                .cast_mut()
                .add(place)
                .copy_from_nonoverlapping(bytes.as_ptr(), 4);
        }
    }

    /// Bounds what is appended from now on by the output limit.
    pub(crate) fn make_output(&mut self) {
        self.output = true;
    }
}

/// Pushes a new buffer with room for `capacity` bytes.
///
/// # Safety
/// Raises; the caller's frame holds only `Copy` values.
pub(crate) unsafe fn push_new(l: State, capacity: usize) -> *mut Buffer {
    // SAFETY: the userdata is large and aligned enough (Lua aligns to 16) and initialised at once.
    unsafe {
        let buffer = ffi::lua_newuserdatauv(l, size_of::<Buffer>(), STORAGE).cast::<Buffer>();
        buffer.write(Buffer {
            data: Slice::EMPTY.at,
            len: 0,
            capacity: 0,
            output: false,
        });
        ffi::lua_rawgetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const REGISTRY_KEY).cast::<c_void>(),
        );
        ffi::lua_setmetatable(l, -2);
        if capacity > 0 {
            reserve(l, -1, buffer, capacity);
        }
        buffer
    }
}

/// Pushes a new buffer that holds `bytes`.
///
/// # Safety
/// As [`push_new`]; allocating must not move the bytes.
pub(crate) unsafe fn push_filled(l: State, bytes: Slice) {
    // SAFETY: as the caller promises.
    unsafe {
        let buffer = push_new(l, bytes.len);
        append(l, -1, buffer, bytes);
    }
}

/// The buffer at `index`, null when it is something else.
///
/// # Safety
/// `index` must be acceptable. Raises nothing.
pub(crate) unsafe fn test(l: State, index: c_int) -> *mut Buffer {
    // SAFETY: only buffers carry the metatable: it is hidden from scripts, and only `push_new` sets it.
    unsafe {
        let at = ffi::lua_touserdata(l, index);
        if at.is_null() || ffi::lua_getmetatable(l, index) == 0 {
            return std::ptr::null_mut();
        }
        let is_buffer = ffi::lua_topointer(l, -1) == (*env::of(l)).buffer_metatable;
        ffi::lua_pop(l, 1);
        if is_buffer {
            at.cast()
        } else {
            std::ptr::null_mut()
        }
    }
}

/// The buffer that is argument `arg`.
///
/// # Safety
/// Raises; as [`push_new`].
pub(crate) unsafe fn check(l: State, arg: c_int) -> *mut Buffer {
    // SAFETY: as the caller promises; `luaL_argerror` does not return.
    unsafe {
        let buffer = test(l, arg);
        if buffer.is_null() {
            ffi::luaL_argerror(l, arg, c"bufferlist expected".as_ptr());
        }
        buffer
    }
}

/// The bytes of argument `arg`, a buffer or a string.
///
/// # Safety
/// Raises; as [`push_new`]. The slice is good while the argument stays and nothing is appended to it.
pub(crate) unsafe fn check_bytes(l: State, arg: c_int) -> Slice {
    // SAFETY: as the caller promises.
    unsafe {
        let buffer = test(l, arg);
        if !buffer.is_null() {
            return (*buffer).slice();
        }
        if ffi::lua_isstring(l, arg) == 0 {
            ffi::luaL_argerror(l, arg, c"bufferlist or string expected".as_ptr());
        }
        check_string(l, arg)
    }
}

/// Makes room for `capacity` bytes in all.
unsafe fn reserve(l: State, index: c_int, buffer: *mut Buffer, capacity: usize) {
    // SAFETY: the old bytes stay where they are until the user value is replaced, and no allocation comes between
    // that and their copy, so they are alive even if nothing else holds them.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        let capacity = capacity.max(MIN_STORAGE);
        let storage = ffi::lua_newuserdatauv(l, capacity, 0).cast::<u8>();
        let old = (*buffer).slice();
        lua_sys::charge(l, old.len / COPY_COST);
        storage.copy_from_nonoverlapping(old.at, old.len);
        ffi::lua_setiuservalue(l, index, STORAGE);
        (*buffer).data = storage;
        (*buffer).capacity = capacity;
    }
}

/// Appends bytes, which may be the buffer's own.
///
/// # Safety
/// Raises; as [`push_new`]. `buffer` is the one at `index`.
pub(crate) unsafe fn append(l: State, index: c_int, buffer: *mut Buffer, bytes: Slice) {
    // SAFETY: after `reserve` the storage is ours and large enough; own bytes lie before `len` and the target
    // behind it, so they do not overlap.
    unsafe {
        if bytes.len == 0 {
            return;
        }
        lua_sys::charge(l, bytes.len / COPY_COST);
        if (*buffer).output {
            bound_output(l, (*buffer).len.saturating_add(bytes.len));
        }
        let own = bytes.at == (*buffer).data;
        let len = (*buffer).len;
        let needed = len.saturating_add(bytes.len);
        if needed > (*buffer).capacity {
            reserve(l, index, buffer, needed.max((*buffer).capacity * 2));
        }
        let from = if own { (*buffer).data } else { bytes.at };
        (*buffer)
            .data
            .cast_mut()
            .add(len)
            .copy_from_nonoverlapping(from, bytes.len);
        (*buffer).len = needed;
    }
}

/// Ends the call when its output would become longer than the limit. The engine charges the output when it takes
/// it; here it is stopped from growing beyond.
unsafe fn bound_output(l: State, bytes: usize) {
    // SAFETY: the closure captures a number.
    unsafe {
        host(l, "append", move |call| {
            let budget = call.budget();
            if bytes as u64 <= budget.left(LimitKind::Output) {
                return Ok(());
            }
            budget.hit(LimitKind::Output);
            Err(Refusal::Ended)
        });
    }
}

unsafe extern "C-unwind" fn new(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let initial = if ffi::lua_isnoneornil(l, 1) != 0 {
            Slice::EMPTY
        } else {
            check_bytes(l, 1)
        };
        push_filled(l, initial);
        1
    }
}

unsafe extern "C-unwind" fn str(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the buffer stays at index 1.
    unsafe {
        push_slice(l, (*check(l, 1)).slice());
        1
    }
}

unsafe extern "C-unwind" fn append_method(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let buffer = check(l, 1);
        let bytes = check_bytes(l, 2);
        append(l, 1, buffer, bytes);
        0
    }
}

unsafe extern "C-unwind" fn len(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        boundary::push_unsigned(l, (*check(l, 1)).len as u64);
        1
    }
}

unsafe extern "C-unwind" fn concat(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; both operands stay at their places.
    unsafe {
        let left = check_bytes(l, 1);
        let right = check_bytes(l, 2);
        let buffer = push_new(l, left.len.saturating_add(right.len));
        append(l, 3, buffer, left);
        append(l, 3, buffer, right);
        1
    }
}

/// Orders two arguments that must both be buffers.
unsafe fn compare(l: State) -> Ordering {
    // SAFETY: a C function in the shape of `boundary`; nothing runs in Lua between the slices and their use.
    unsafe {
        let left = (*check(l, 1)).slice();
        let right = (*check(l, 2)).slice();
        lua_sys::charge(l, left.len.min(right.len) / COPY_COST);
        left.bytes().cmp(right.bytes())
    }
}

unsafe extern "C-unwind" fn eq(l: State) -> c_int {
    // SAFETY: as `compare`.
    unsafe {
        // Lua asks `__eq` for any two userdata; one that is no buffer is just not equal.
        let equal = !test(l, 1).is_null() && !test(l, 2).is_null() && compare(l).is_eq();
        ffi::lua_pushboolean(l, equal.into());
        1
    }
}

unsafe extern "C-unwind" fn lt(l: State) -> c_int {
    // SAFETY: as `compare`.
    unsafe {
        let less = compare(l).is_lt();
        ffi::lua_pushboolean(l, less.into());
        1
    }
}

unsafe extern "C-unwind" fn le(l: State) -> c_int {
    // SAFETY: as `compare`.
    unsafe {
        let at_most = compare(l).is_le();
        ffi::lua_pushboolean(l, at_most.into());
        1
    }
}

unsafe extern "C-unwind" fn tostring(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let len = (*check(l, 1)).len;
        boundary::push_str(l, "bufferlist of ");
        boundary::push_unsigned(l, len as u64);
        boundary::push_str(l, " bytes");
        ffi::lua_concat(l, 3);
        1
    }
}

/// Pushes the table of the functions every buffer has.
///
/// # Safety
/// Raises; as [`push_new`].
pub(crate) unsafe fn push_methods(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_rawgetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const REGISTRY_KEY).cast::<c_void>(),
        );
        ffi::lua_getfield(l, -1, c"__index".as_ptr());
        ffi::lua_remove(l, -2);
    }
}

/// Its address is the key of the metatable in the registry.
static REGISTRY_KEY: u8 = 0;

/// Creates the metatable and the global `bufferlist`.
///
/// # Safety
/// Raises; called while the state is set up.
pub(crate) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 16);
        boundary::set_functions(
            l,
            &[
                (c"__len", len),
                (c"__concat", concat),
                (c"__eq", eq),
                (c"__lt", lt),
                (c"__le", le),
                (c"__tostring", tostring),
            ],
        );
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        boundary::push_str(l, "bufferlist");
        ffi::lua_setfield(l, -2, c"__name".as_ptr());
        ffi::lua_createtable(l, 0, 2);
        boundary::set_functions(l, &[(c"str", str), (c"append", append_method)]);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        (*env::of(l)).buffer_metatable = ffi::lua_topointer(l, -1);
        ffi::lua_rawsetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const REGISTRY_KEY).cast::<c_void>(),
        );

        ffi::lua_createtable(l, 0, 1);
        boundary::set_functions(l, &[(c"new", new)]);
        ffi::lua_setglobal(l, c"bufferlist".as_ptr());
    }
}
