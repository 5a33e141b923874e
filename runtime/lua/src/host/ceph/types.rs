//! `ceph.types`, and what a script holds as a type.

use std::ffi::{c_int, c_void};

use bytes::Bytes;
use encoding::{FieldId, Schema, TypeId};

use super::{decode, encode};
use crate::{
    boundary::{State, check_string, host, push_slice, push_str, raise, set_functions},
    env, ffi,
    parked::Slice,
    refusal::Refusal,
};

/// Fuel of each byte of a description.
const BYTE_COST: usize = 8;

/// Key of the metatable of types.
static METATABLE: u8 = 0;

/// Key of the table of field names, by number of the field plus 1.
static NAMES: u8 = 0;

/// What the userdata holds.
#[derive(Clone, Copy)]
struct Held(u32);

/// The types of the state, none when its chunk defined none.
///
/// # Safety
/// No types are defined while the borrow lives: only [`define`] does, and only for a call of `ceph.types` or `register`.
pub(in crate::host) unsafe fn schema<'s>(l: State) -> Option<&'s Schema> {
    // SAFETY: the box lives as long as the state's env, and is replaced by nobody.
    unsafe { (*env::of(l)).schema.as_deref() }
}

/// The type at `index`, if it is one.
///
/// # Safety
/// `index` must be acceptable. Raises nothing.
pub(in crate::host) unsafe fn test(l: State, index: c_int) -> Option<u32> {
    // SAFETY: only `push` makes userdata with this metatable, which is hidden from scripts.
    unsafe {
        let at = ffi::lua_touserdata(l, index);
        if at.is_null() || ffi::lua_getmetatable(l, index) == 0 {
            return None;
        }
        let is_type = ffi::lua_topointer(l, -1) == (*env::of(l)).type_metatable;
        ffi::lua_pop(l, 1);
        is_type.then(|| at.cast::<Held>().read().0)
    }
}

/// The type that is the first argument of a method, with the schema it belongs to.
///
/// # Safety
/// Raises; in the shape of `boundary`. As [`schema`].
pub(super) unsafe fn check<'s>(l: State) -> (&'s Schema, TypeId) {
    // SAFETY: as the caller promises; `luaL_argerror` does not return.
    unsafe {
        let found = test(l, 1)
            .zip(schema(l))
            .and_then(|(index, schema)| Some((schema, schema.at(index)?)));
        match found {
            Some(found) => found,
            None => {
                ffi::luaL_argerror(l, 1, c"a type of ceph.types expected".as_ptr());
                raise(l, &["a type of ceph.types is expected"])
            }
        }
    }
}

/// Pushes the table of field names.
///
/// # Safety
/// The stack must have room. Raises nothing.
pub(super) unsafe fn push_field_names(l: State) {
    // SAFETY: a raw get of a light key.
    unsafe {
        ffi::lua_rawgetp(l, ffi::LUA_REGISTRYINDEX, (&raw const NAMES).cast());
    }
}

/// Pushes the name of a field from the table at `names`.
///
/// # Safety
/// The stack must have room.
pub(super) unsafe fn push_field_name(l: State, names: c_int, id: FieldId) {
    // SAFETY: a raw get.
    unsafe {
        ffi::lua_rawgeti(l, names, i64::from(id.index()) + 1);
    }
}

/// Pushes the table of the functions every type has.
///
/// # Safety
/// The stack must have room; raises.
pub(crate) unsafe fn push_names(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_rawgetp(l, ffi::LUA_REGISTRYINDEX, (&raw const METATABLE).cast());
        ffi::lua_getfield(l, -1, c"__index".as_ptr());
        ffi::lua_remove(l, -2);
    }
}

/// Pushes a type.
///
/// # Safety
/// The stack must have room; raises.
pub(in crate::host) unsafe fn push(l: State, id: u32) {
    // SAFETY: the userdata is large and aligned enough, and initialised at once.
    unsafe {
        let held = ffi::lua_newuserdatauv(l, size_of::<Held>(), 0).cast::<Held>();
        held.write(Held(id));
        ffi::lua_rawgetp(l, ffi::LUA_REGISTRYINDEX, (&raw const METATABLE).cast());
        ffi::lua_setmetatable(l, -2);
    }
}

/// Defines a type, named or by a description alone, and raises what is wrong with it.
///
/// # Safety
/// Raises; in the shape of `boundary`. The slices must be anchored.
pub(in crate::host) unsafe fn define(
    l: State,
    function: &'static str,
    name: Option<Slice>,
    description: Slice,
) -> u32 {
    // SAFETY: the schema is reached inside the closure, while `host` holds the call in the env: different fields, and the
    // pointer is taken anew, as `register` does.
    unsafe {
        lua_sys::charge(l, description.len.saturating_mul(BYTE_COST));
        let defined = host(l, function, move |call| {
            if !call.loading {
                return Err(Refusal::Rule(
                    "types are defined while the class is loaded, not by a method",
                ));
            }
            let text = |slice: Slice| {
                std::str::from_utf8(slice.bytes())
                    .map_err(|_| Refusal::Rule("a name or a description is not UTF-8"))
            };
            let env = env::of(l);
            let schema = (*env).schema.get_or_insert_with(Box::default);
            let description = text(description)?;
            let result = match name {
                Some(name) => schema
                    .define(&[(text(name)?, description)])
                    .map(|ids| ids.first().copied()),
                None => schema.describe(description).map(Some),
            };
            Ok(match result {
                Ok(Some(id)) => Ok(id.index()),
                Ok(None) => return Err(Refusal::Rule("nothing was defined")),
                Err(error) => {
                    call.parked.bytes = Bytes::from(error.to_string());
                    Err(Slice::of(&call.parked.bytes))
                }
            })
        });
        match defined {
            Ok(id) => {
                note_fields(l);
                id
            }
            Err(text) => {
                ffi::luaL_where(l, 1);
                push_str(l, function);
                push_str(l, ": ");
                push_slice(l, text);
                ffi::lua_concat(l, 4);
                ffi::lua_error(l)
            }
        }
    }
}

/// Adds the names of new fields to their table.
unsafe fn note_fields(l: State) {
    // SAFETY: the names stay where they are until another type is defined.
    unsafe {
        let Some(schema) = schema(l) else { return };
        push_field_names(l);
        let known = u32::try_from(ffi::lua_rawlen(l, -1)).unwrap_or(u32::MAX);
        for index in known..schema.field_count() {
            if let Some(id) = schema.field_at(index) {
                push_str(l, &schema.field(id).name);
                ffi::lua_rawseti(l, -2, i64::from(index) + 1);
            }
        }
        ffi::lua_pop(l, 1);
    }
}

/// `types { name, description, … }`
///
/// # Safety
/// Called by Lua.
pub(super) unsafe extern "C-unwind" fn types(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; names and descriptions are held by the argument and the stack.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        ffi::lua_settop(l, 1);
        let count = i64::try_from(ffi::lua_rawlen(l, 1)).unwrap_or(0);
        if count % 2 != 0 {
            raise(l, &["ceph.types: a name without a description"]);
        }
        ffi::lua_createtable(l, 0, c_int::try_from(count / 2).unwrap_or(0));
        for at in (1..=count).step_by(2) {
            ffi::lua_rawgeti(l, 1, at);
            ffi::lua_rawgeti(l, 1, at + 1);
            if ffi::lua_type(l, -1) != ffi::LUA_TSTRING || ffi::lua_type(l, -2) != ffi::LUA_TSTRING
            {
                raise(l, &["ceph.types: names and descriptions are strings"]);
            }
            let description = check_string(l, -1);
            let name = check_string(l, -2);
            ffi::lua_pushvalue(l, -2);
            if ffi::lua_rawget(l, 2) != ffi::LUA_TNIL {
                push_str(l, "ceph.types: ");
                push_slice(l, name);
                push_str(l, " is defined twice");
                ffi::lua_concat(l, 3);
                ffi::lua_error(l);
            }
            ffi::lua_pop(l, 1);
            let id = define(l, "ceph.types", Some(name), description);
            ffi::lua_pop(l, 1);
            push(l, id);
            ffi::lua_rawset(l, 2);
        }
        1
    }
}

/// Creates the metatable of types and the table of names.
///
/// # Safety
/// Raises; called while the state is set up.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 4);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        push_str(l, "ceph type");
        ffi::lua_setfield(l, -2, c"__name".as_ptr());
        ffi::lua_createtable(l, 0, 4);
        set_functions(
            l,
            &[
                (c"decode", decode::decode),
                (c"at", decode::at),
                (c"version", decode::version),
                (c"encode", encode::encode),
            ],
        );
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        (*env::of(l)).type_metatable = ffi::lua_topointer(l, -1);
        ffi::lua_rawsetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const METATABLE).cast::<c_void>(),
        );
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_rawsetp(
            l,
            ffi::LUA_REGISTRYINDEX,
            (&raw const NAMES).cast::<c_void>(),
        );
    }
}
