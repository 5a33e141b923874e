//! `T.x:decode`, `T.x:at`, `T.x:version`: from bytes to Lua values.

use std::ffi::c_int;

use bytes::Bytes;
use encoding::{Failure, FieldId, Schema, Sink, TypeId};
use objclass::Errno;

use super::types::{self, push_field_name, push_field_names};
use crate::{
    boundary::{self, COPY_COST, State, fail, host, push_slice},
    buffer, ffi,
    parked::Slice,
    refusal::Raised,
};

/// Stack slots a level of nesting needs.
const SLOTS: c_int = 8;

/// Fuel of a value.
const VALUE_COST: usize = 2;
/// Fuel of a table beside its values.
const TABLE_COST: usize = 20;

/// Pushes what is decoded. Holds nothing with a destructor.
struct Pusher {
    l: State,
    /// Stack index of the table of field names.
    names: c_int,
}

impl Pusher {
    fn charge(&self, units: usize) {
        // SAFETY: made in `push`; no frame from there to here holds anything that must be dropped.
        unsafe { lua_sys::charge(self.l, units) }
    }

    fn table(&self, elements: u32, fields: u32) {
        let size = |count: u32| c_int::try_from(count).unwrap_or(c_int::MAX);
        self.charge(TABLE_COST + elements as usize / 8);
        // SAFETY: as `charge`.
        unsafe {
            ffi::luaL_checkstack(self.l, SLOTS, std::ptr::null());
            ffi::lua_createtable(self.l, size(elements), size(fields));
        }
    }

    fn set(&self) {
        // SAFETY: table, key and value are on the stack: the table was made by `table`, in the order the decoder keeps.
        unsafe { ffi::lua_rawset(self.l, -3) }
    }
}

impl Sink for Pusher {
    fn integer(&mut self, value: i64, _: bool) {
        self.charge(VALUE_COST);
        // SAFETY: `table` made room.
        unsafe { ffi::lua_pushinteger(self.l, value) }
    }
    fn boolean(&mut self, value: bool) {
        self.charge(VALUE_COST);
        // SAFETY: as `integer`.
        unsafe { ffi::lua_pushboolean(self.l, value.into()) }
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.charge(VALUE_COST + bytes.len() / COPY_COST);
        // SAFETY: as `integer`; Lua copies the bytes.
        unsafe {
            ffi::lua_pushlstring(self.l, bytes.as_ptr().cast(), bytes.len());
        }
    }
    fn nothing(&mut self) {
        self.charge(VALUE_COST);
        // SAFETY: as `integer`.
        unsafe { ffi::lua_pushnil(self.l) }
    }
    fn begin_record(&mut self, fields: u32) {
        self.table(0, fields);
    }
    fn field(&mut self, id: FieldId, _: &str) {
        // SAFETY: `table` made room.
        unsafe { push_field_name(self.l, self.names, id) }
    }
    fn end_field(&mut self) {
        self.set();
    }
    fn end_record(&mut self) {}
    fn begin_list(&mut self, count: u32) {
        self.table(count, 0);
    }
    fn end_element(&mut self, index: u32) {
        // SAFETY: as `set`.
        unsafe { ffi::lua_rawseti(self.l, -2, i64::from(index) + 1) }
    }
    fn end_list(&mut self) {}
    fn begin_map(&mut self, count: u32) {
        self.table(0, count);
    }
    fn key(&mut self, key: &[u8]) {
        self.bytes(key);
    }
    fn end_entry(&mut self) {
        self.set();
    }
    fn end_map(&mut self) {}
}

/// Pushes the value at `at` of `bytes`, and answers where it ends. Ends the method with `errno` when there is none.
///
/// # Safety
/// Raises; in the shape of `boundary`. The bytes must be anchored.
pub(super) unsafe fn push(
    l: State,
    schema: &Schema,
    id: TypeId,
    bytes: Slice,
    at: usize,
    errno: Errno,
) -> usize {
    // SAFETY: as the caller promises. A decoder holds nothing with a destructor, so that an error may jump over it.
    unsafe {
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        push_field_names(l);
        let names = ffi::lua_gettop(l);
        let mut pusher = Pusher { l, names };
        match encoding::decode(schema, id, bytes.bytes(), at, &mut pusher) {
            Ok(end) => {
                ffi::lua_remove(l, names);
                end
            }
            Err(failure) => refuse(l, failure, errno),
        }
    }
}

/// Raises `failure` as a failed host call does.
unsafe fn refuse(l: State, failure: Failure, errno: Errno) -> ! {
    // SAFETY: only `Copy` values are alive.
    unsafe {
        let text = text(l, failure);
        ffi::luaL_where(l, 1);
        push_slice(l, text);
        ffi::lua_concat(l, 2);
        (*crate::env::of(l)).raised = Some(Raised { errno });
        ffi::lua_error(l)
    }
}

/// The text of a failure, parked.
///
/// # Safety
/// Raises; in the shape of `boundary`.
pub(super) unsafe fn text(l: State, failure: Failure) -> Slice {
    // SAFETY: the schema is reached by itself; the failure is plain data.
    unsafe {
        host(l, "ceph", move |call| {
            let text = types::schema(l).map_or_else(String::new, |schema| failure.text(schema));
            call.parked.bytes = Bytes::from(text);
            Ok(Slice::of(&call.parked.bytes))
        })
    }
}

/// An error number that argument `arg` may name, of either sign.
///
/// # Safety
/// Raises; in the shape of `boundary`.
pub(in crate::host) unsafe fn check_errno(l: State, name: &'static str, arg: c_int) -> Errno {
    // SAFETY: as the caller promises.
    unsafe {
        if ffi::lua_isnoneornil(l, arg) != 0 {
            return Errno::EINVAL;
        }
        let number = ffi::luaL_checkinteger(l, arg);
        match i32::try_from(number.unsigned_abs())
            .ok()
            .and_then(Errno::new)
        {
            Some(errno) => errno,
            None => boundary::raise(l, &[name, ": there is no such error number"]),
        }
    }
}

/// `T.x:decode(bytes [, errno])`
///
/// # Safety
/// Called by Lua.
pub(in crate::host) unsafe extern "C-unwind" fn decode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes are an argument and stay.
    unsafe {
        let (schema, id) = types::check(l);
        let bytes = buffer::check_bytes(l, 2);
        let errno = check_errno(l, "decode", 3);
        lua_sys::charge(l, TABLE_COST);
        push(l, schema, id, bytes, 0, errno);
        1
    }
}

/// `T.x:at(bytes, position [, errno])`: positions count from 1, as in `string.unpack`.
///
/// # Safety
/// Called by Lua.
pub(super) unsafe extern "C-unwind" fn at(l: State) -> c_int {
    // SAFETY: as `decode`.
    unsafe {
        let (schema, id) = types::check(l);
        let bytes = buffer::check_bytes(l, 2);
        let position = ffi::luaL_checkinteger(l, 3);
        let errno = check_errno(l, "at", 4);
        lua_sys::charge(l, TABLE_COST);
        let at = usize::try_from(position)
            .ok()
            .and_then(|position| position.checked_sub(1))
            .filter(|at| *at <= bytes.len);
        let Some(at) = at else { fail(l, "at", errno) };
        let end = push(l, schema, id, bytes, at, errno);
        boundary::push_unsigned(l, end as u64 + 1);
        2
    }
}

/// `T.x:version(bytes [, errno])`: the first byte, which of a versioned struct is its version.
///
/// # Safety
/// Called by Lua.
pub(super) unsafe extern "C-unwind" fn version(l: State) -> c_int {
    // SAFETY: as `decode`.
    unsafe {
        types::check(l);
        let bytes = buffer::check_bytes(l, 2);
        let errno = check_errno(l, "version", 3);
        match bytes.bytes().first() {
            Some(&version) => boundary::push_unsigned(l, version.into()),
            None => fail(l, "version", errno),
        }
        1
    }
}
