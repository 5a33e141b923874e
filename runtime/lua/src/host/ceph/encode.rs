//! `T.x:encode`: from Lua values to bytes.

use std::ffi::{CStr, c_int};

use encoding::{FieldId, Mistake, Schema, Source, TypeId, address::MAX_SOCKADDR};

use super::{
    decode::text,
    types::{self, push_field_name, push_field_names},
};
use crate::{
    boundary::{State, push_slice, push_str},
    buffer::{self, Buffer},
    ffi,
    host::order::{self, Fields, Shape},
    parked::Slice,
};

/// Fuel of a value.
const VALUE_COST: usize = 2;

/// Reads the value on top of the stack and what is entered from it. Holds nothing with a destructor.
struct Taker {
    l: State,
    /// Stack index of the table of field names.
    names: c_int,
    /// Stack index of what is written to.
    out: c_int,
    buffer: *mut Buffer,
}

impl Taker {
    fn charge(&self) {
        // SAFETY: made in `push`; no frame from there to here holds anything that must be dropped.
        unsafe { lua_sys::charge(self.l, VALUE_COST) }
    }

    fn kind(&self) -> c_int {
        // SAFETY: the value at hand is on top.
        unsafe { ffi::lua_type(self.l, -1) }
    }

    fn mistake(&self, expected: &'static str) -> Mistake {
        // SAFETY: the names of types are static text.
        let found = unsafe { CStr::from_ptr(ffi::lua_typename(self.l, self.kind())) };
        Mistake::Kind {
            expected,
            found: found.to_str().unwrap_or("something else"),
        }
    }

    fn room(&self) {
        // SAFETY: as `charge`.
        unsafe { ffi::luaL_checkstack(self.l, order::SLOTS, std::ptr::null()) }
    }

    /// The bytes at hand, which stay while the value does.
    fn slice(&self) -> Result<Slice, Mistake> {
        match self.kind() {
            ffi::LUA_TNIL => Ok(Slice::EMPTY),
            ffi::LUA_TSTRING => {
                let mut len = 0;
                // SAFETY: a string is not converted.
                let at = unsafe { ffi::lua_tolstring(self.l, -1, &mut len) };
                Ok(Slice { at: at.cast(), len })
            }
            _ => {
                // SAFETY: the index is that of the value at hand.
                let bytes = unsafe { buffer::test(self.l, -1) };
                if bytes.is_null() {
                    return Err(self.mistake("a string or a bufferlist"));
                }
                // SAFETY: a buffer, on the stack.
                Ok(unsafe { (*bytes).slice() })
            }
        }
    }

    fn append(&self, bytes: Slice) {
        // SAFETY: the buffer is at its index, and the bytes outlive the copy.
        unsafe { buffer::append(self.l, self.out, self.buffer, bytes) }
    }
}

fn narrow(length: usize) -> Result<u32, Mistake> {
    u32::try_from(length).map_err(|_| Mistake::TooLong)
}

/// The sorted keys of the table at a stack index.
#[derive(Clone, Copy)]
struct Entries {
    fields: Option<Fields>,
    table: c_int,
}

impl Source for Taker {
    type Entries = Entries;

    fn is_nothing(&mut self) -> bool {
        self.kind() == ffi::LUA_TNIL
    }

    fn integer(&mut self, _: bool) -> Result<i64, Mistake> {
        self.charge();
        match self.kind() {
            ffi::LUA_TNIL => Ok(0),
            ffi::LUA_TNUMBER => {
                let mut is_integer = 0;
                // SAFETY: a number is not converted in place.
                let value = unsafe { ffi::lua_tointegerx(self.l, -1, &mut is_integer) };
                if is_integer == 0 {
                    return Err(Mistake::Kind {
                        expected: "an integer",
                        found: "a number with a fraction",
                    });
                }
                Ok(value)
            }
            _ => Err(self.mistake("an integer")),
        }
    }

    fn boolean(&mut self) -> Result<bool, Mistake> {
        self.charge();
        match self.kind() {
            ffi::LUA_TNIL => Ok(false),
            // SAFETY: the value at hand is on top.
            ffi::LUA_TBOOLEAN => Ok(unsafe { ffi::lua_toboolean(self.l, -1) } != 0),
            _ => Err(self.mistake("a boolean")),
        }
    }

    fn put_bytes(&mut self) -> Result<(), Mistake> {
        self.charge();
        let slice = self.slice()?;
        let length = narrow(slice.len)?;
        self.put(&length.to_le_bytes());
        self.append(slice);
        Ok(())
    }

    fn copy_bytes(&mut self, into: &mut [u8; MAX_SOCKADDR]) -> Result<usize, Mistake> {
        self.charge();
        let slice = self.slice()?;
        // SAFETY: the value is on the stack.
        let bytes = unsafe { slice.bytes() };
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(bytes.len())
    }

    fn enter_field(&mut self, id: FieldId, _: &str) -> Result<(), Mistake> {
        self.charge();
        self.room();
        // SAFETY: room was made; raw access to a table.
        unsafe {
            match self.kind() {
                ffi::LUA_TNIL => ffi::lua_pushnil(self.l),
                ffi::LUA_TTABLE => {
                    push_field_name(self.l, self.names, id);
                    ffi::lua_rawget(self.l, -2);
                }
                _ => return Err(self.mistake("a table")),
            }
        }
        Ok(())
    }

    fn elements(&mut self) -> Result<u32, Mistake> {
        self.charge();
        match self.kind() {
            ffi::LUA_TNIL => Ok(0),
            // SAFETY: the value at hand is a table.
            ffi::LUA_TTABLE => narrow(unsafe { ffi::lua_rawlen(self.l, -1) }),
            _ => Err(self.mistake("a table")),
        }
    }

    fn enter_element(&mut self, index: u32) {
        self.charge();
        self.room();
        // SAFETY: room was made; `elements` saw a table.
        unsafe {
            ffi::lua_rawgeti(self.l, -1, i64::from(index) + 1);
        }
    }

    fn entries(&mut self) -> Result<(u32, Entries), Mistake> {
        self.charge();
        self.room();
        // SAFETY: room was made; `shape` pushes the list of names, or nothing.
        unsafe {
            let table = ffi::lua_gettop(self.l);
            let fields = match self.kind() {
                ffi::LUA_TNIL => None,
                ffi::LUA_TTABLE => match order::shape(self.l, table) {
                    Shape::Sequence(0) => None,
                    Shape::Fields(fields) => Some(fields),
                    Shape::Sequence(_) | Shape::Mixed(_) => {
                        return Err(Mistake::Kind {
                            expected: "a table with string keys",
                            found: "one with others",
                        });
                    }
                },
                _ => return Err(self.mistake("a table")),
            };
            if fields.is_none() {
                ffi::lua_pushnil(self.l);
            }
            let count = narrow(fields.map_or(0, |fields| fields.count))?;
            Ok((count, Entries { fields, table }))
        }
    }

    fn enter_entry(&mut self, entries: Entries, index: u32) {
        self.charge();
        self.room();
        let Some(fields) = entries.fields else { return };
        // SAFETY: the list of names is on the stack, and the table has these keys.
        unsafe {
            let name = fields.name(index as usize);
            let length = u32::try_from(name.len).unwrap_or(u32::MAX);
            self.put(&length.to_le_bytes());
            self.append(name);
            ffi::lua_pushlstring(self.l, name.at.cast(), name.len);
            ffi::lua_rawget(self.l, entries.table);
        }
    }

    fn leave_entries(&mut self) {
        self.leave();
    }

    fn leave(&mut self) {
        // SAFETY: what was entered is on top.
        unsafe { ffi::lua_pop(self.l, 1) }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.append(Slice::of(bytes));
    }

    fn place(&self) -> usize {
        // SAFETY: the buffer is on the stack.
        unsafe { (*self.buffer).slice().len }
    }

    fn patch(&mut self, place: usize, bytes: [u8; 4]) {
        // SAFETY: as `place`.
        unsafe { (*self.buffer).patch(place, bytes) }
    }
}

/// Encodes the value on top and appends it to the buffer at `out`; the value stays. A value that does not fit is a mistake of the
/// script, and raised as one.
///
/// # Safety
/// Raises; in the shape of `boundary`. `out` is absolute.
pub(super) unsafe fn append(l: State, schema: &Schema, id: TypeId, features: u64, out: c_int) {
    // SAFETY: as the caller promises. An encoder holds nothing with a destructor.
    unsafe {
        ffi::luaL_checkstack(l, order::SLOTS, std::ptr::null());
        let value = ffi::lua_gettop(l);
        push_field_names(l);
        let names = ffi::lua_gettop(l);
        ffi::lua_pushvalue(l, value);
        let mut taker = Taker {
            l,
            names,
            out,
            buffer: buffer::check(l, out),
        };
        if let Err(failure) = encoding::encode(schema, id, features, &mut taker) {
            let text = text(l, failure);
            ffi::luaL_where(l, 1);
            push_str(l, "encode: ");
            push_slice(l, text);
            ffi::lua_concat(l, 3);
            ffi::lua_error(l);
        }
        ffi::lua_settop(l, value);
    }
}

/// `T.x:encode(value [, features])`: for readers with `features`, by default all.
///
/// # Safety
/// Called by Lua.
pub(in crate::host) unsafe extern "C-unwind" fn encode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let (schema, id) = types::check(l);
        ffi::luaL_checkany(l, 2);
        let features = if ffi::lua_isnoneornil(l, 3) != 0 {
            u64::MAX
        } else {
            ffi::luaL_checkinteger(l, 3).cast_unsigned()
        };
        ffi::lua_settop(l, 2);
        lua_sys::charge(l, 20);
        let buffer = buffer::push_new(l, 64);
        ffi::lua_insert(l, 2);
        append(l, schema, id, features, 2);
        push_slice(l, (*buffer).slice());
        1
    }
}
