//! The key-value map of an object. Keys are bytes: a zero byte does not end them.

use std::ffi::c_int;

use bytes::Bytes;
use objclass::{Context, Errno, LimitKind};

use super::xattr::{push_found, push_pairs};
use crate::{
    boundary::{
        State, check_string, check_unsigned, fail, host, object, push_slice, set_functions,
    },
    buffer, ffi,
    parked::{Parked, Slice},
    refusal::{Refusal, found},
};

unsafe extern "C-unwind" fn map_clear(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        object(l, "map_clear", |context, _| {
            Ok(context.write()?.omap_clear()?)
        });
        0
    }
}

unsafe extern "C-unwind" fn map_get_keys(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the parked keys stay until the next host function.
    unsafe {
        let start_after = check_string(l, 1);
        let max = check_unsigned(l, "map_get_keys", 2);
        let (count, more) = object(l, "map_get_keys", move |context, parked| {
            let page = context.read()?.omap_keys(start_after.bytes(), max)?;
            parked.keys = page.entries;
            Ok((parked.keys.len(), page.more))
        });
        ffi::lua_createtable(l, 0, c_int::try_from(count).unwrap_or(0));
        for index in 0..count {
            push_slice(l, parked_key(l, index));
            ffi::lua_pushboolean(l, 1);
            ffi::lua_rawset(l, -3);
        }
        ffi::lua_pushboolean(l, more.into());
        2
    }
}

/// One parked key; raises nothing.
fn parked_key(l: State, index: usize) -> Slice {
    // SAFETY: guest code is suspended, and the borrow ends here.
    let env = unsafe { &mut *crate::env::of(l) };
    env.call()
        .map_or(Slice::EMPTY, |call| Slice::of(&call.parked.keys[index]))
}

unsafe extern "C-unwind" fn map_get_vals(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let start_after = check_string(l, 1);
        let prefix = check_string(l, 2);
        let max = check_unsigned(l, "map_get_vals", 3);
        get_vals(l, "map_get_vals", start_after, prefix, max)
    }
}

unsafe extern "C-unwind" fn map_get_all_vals(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe { get_vals(l, "map_get_all_vals", Slice::EMPTY, Slice::EMPTY, u64::MAX) }
}

unsafe fn get_vals(
    l: State,
    name: &'static str,
    start_after: Slice,
    prefix: Slice,
    max: u64,
) -> c_int {
    // SAFETY: as the callers.
    unsafe {
        let (count, more) = object(l, name, move |context, parked| {
            let page = context
                .read()?
                .omap_vals(start_after.bytes(), prefix.bytes(), max)?;
            parked.pairs = page.entries;
            Ok((parked.pairs.len(), page.more))
        });
        push_pairs(l, count);
        ffi::lua_pushboolean(l, more.into());
        2
    }
}

unsafe extern "C-unwind" fn map_get_val(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let key = check_string(l, 1);
        let value = object(l, "map_get_val", move |context, parked| {
            parked.bytes = context.read()?.omap_val(key.bytes())?;
            Ok(Slice::of(&parked.bytes))
        });
        buffer::push_filled(l, value);
        1
    }
}

/// `find_val(key)`: as `map_get_val`, nil where that finds nothing.
unsafe extern "C-unwind" fn find_val(l: State) -> c_int {
    // SAFETY: as `map_get_val`.
    unsafe {
        let key = check_string(l, 1);
        let value = object(l, "find_val", move |context, parked| {
            let value = context.read()?.omap_val(key.bytes());
            Ok(found(value)?.map(|value| {
                parked.bytes = value;
                Slice::of(&parked.bytes)
            }))
        });
        push_found(l, value)
    }
}

unsafe extern "C-unwind" fn map_get_vals_by_keys(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        stage_table(l, "map_get_vals_by_keys", Take::Values);
        let count = object(l, "map_get_vals_by_keys", |context, parked| {
            let keys: Vec<&[u8]> = parked.staged().iter().map(|&(key, _)| key).collect();
            let pairs = context.read()?.omap_vals_by_keys(&keys)?;
            parked.pairs = pairs;
            Ok(parked.pairs.len())
        });
        push_pairs(l, count);
        1
    }
}

unsafe extern "C-unwind" fn map_read_header(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let header = object(l, "map_read_header", |context, parked| {
            parked.bytes = context.read()?.omap_header()?;
            Ok(Slice::of(&parked.bytes))
        });
        buffer::push_filled(l, header);
        1
    }
}

unsafe extern "C-unwind" fn map_write_header(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes are an argument and stay.
    unsafe {
        let header = buffer::check_bytes(l, 1);
        object(l, "map_write_header", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.omap_set_header(Bytes::copy_from_slice(header.bytes()))?)
        });
        0
    }
}

unsafe extern "C-unwind" fn map_set_val(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; key and value are arguments and stay.
    unsafe {
        let key = check_string(l, 1);
        let value = buffer::check_bytes(l, 2);
        object(l, "map_set_val", move |context, _| {
            let mut writer = context.write()?;
            let value = Bytes::copy_from_slice(value.bytes());
            Ok(writer.omap_set(&[(key.bytes(), value)])?)
        });
        0
    }
}

unsafe extern "C-unwind" fn map_set_vals(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the staged values are anchored in the table.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        stage_table(l, "map_set_vals", Take::Entries);
        object(l, "map_set_vals", |context, parked| {
            set_staged(context, parked)
        });
        0
    }
}

fn set_staged(context: &mut Context<'_>, parked: &mut Parked) -> Result<(), Refusal> {
    let entries: Vec<(&[u8], Bytes)> = parked
        .staged()
        .into_iter()
        // SAFETY: the values are strings or buffers held by the table the function was called with, and nothing
        // has run in Lua since it was walked.
        .map(|(key, value)| (key, Bytes::copy_from_slice(unsafe { value.bytes() })))
        .collect();
    Ok(context.write()?.omap_set(&entries)?)
}

/// What of a table is staged.
#[derive(Clone, Copy, PartialEq)]
enum Take {
    /// Keys with values: strings or numbers to strings or buffers.
    Entries,
    /// The values as keys: an array of names.
    Values,
}

/// Walks the table at index 1 without running its metamethods, and stages what it holds.
unsafe fn stage_table(l: State, name: &'static str, take: Take) {
    // SAFETY: `lua_next` raises only for a key that is not in the table; the walk changes nothing. A number is
    // turned into text in a copy, because Lua would change the key in place and lose the walk.
    unsafe {
        host(l, name, |call| {
            call.parked.clear_staged();
            Ok(())
        });
        ffi::lua_settop(l, 1);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, 1) != 0 {
            lua_sys::charge(l, 4);
            let (key, value) = match take {
                Take::Entries => (-2, -1),
                Take::Values => (-1, -1),
            };
            if !is_key(l, key) {
                fail(l, name, Errno::EINVAL);
            }
            ffi::lua_pushvalue(l, key);
            let key = check_string(l, -1);
            let value = match take {
                Take::Values => Slice::EMPTY,
                Take::Entries => match value_slice(l, value - 1) {
                    Some(slice) => slice,
                    None => fail(l, name, Errno::EINVAL),
                },
            };
            host_stage(l, name, key, value);
            ffi::lua_settop(l, 2);
        }
    }
}

/// Whether the value at `index` is a string or a number. Raises nothing.
unsafe fn is_key(l: State, index: c_int) -> bool {
    // SAFETY: looks at the type only.
    unsafe { matches!(ffi::lua_type(l, index), ffi::LUA_TSTRING | ffi::LUA_TNUMBER) }
}

/// The bytes of a string or buffer. Raises nothing; a number is refused, as in cls_lua.
unsafe fn value_slice(l: State, index: c_int) -> Option<Slice> {
    // SAFETY: a string is not converted, so nothing is allocated.
    unsafe {
        if ffi::lua_type(l, index) == ffi::LUA_TSTRING {
            let mut len = 0;
            let at = ffi::lua_tolstring(l, index, &mut len);
            return Some(Slice { at: at.cast(), len });
        }
        let buffer = buffer::test(l, index);
        (!buffer.is_null()).then(|| (*buffer).slice())
    }
}

unsafe fn host_stage(l: State, name: &'static str, key: Slice, value: Slice) {
    // SAFETY: captures only slices, of strings on the stack. One entry of a table is cheaper than a call into the host, so `stage` pays
    // for itself through the entry it leaves.
    unsafe {
        host(l, name, move |call| {
            let left = call.budget().left(LimitKind::ObjectWritten);
            call.parked.stage(key, value, left).inspect_err(|refusal| {
                if matches!(refusal, Refusal::Ended) {
                    call.budget().hit(LimitKind::ObjectWritten);
                }
            })
        });
    }
}

unsafe extern "C-unwind" fn map_remove_key(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the key is an argument and stays.
    unsafe {
        let key = check_string(l, 1);
        object(l, "map_remove_key", move |context, _| {
            Ok(context.write()?.omap_remove(&[key.bytes()])?)
        });
        0
    }
}

unsafe extern "C-unwind" fn map_remove_range(l: State) -> c_int {
    // SAFETY: as `map_remove_key`.
    unsafe {
        let begin = check_string(l, 1);
        let end = check_string(l, 2);
        object(l, "map_remove_range", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.omap_remove_range(begin.bytes(), end.bytes())?)
        });
        0
    }
}

/// Adds the functions to the table on top.
///
/// # Safety
/// Raises; as `host::open`.
pub(super) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        set_functions(
            l,
            &[
                (c"map_clear", map_clear),
                (c"map_get_keys", map_get_keys),
                (c"map_get_vals", map_get_vals),
                (c"map_get_all_vals", map_get_all_vals),
                (c"find_val", find_val),
                (c"map_get_val", map_get_val),
                (c"map_get_vals_by_keys", map_get_vals_by_keys),
                (c"map_read_header", map_read_header),
                (c"map_write_header", map_write_header),
                (c"map_set_val", map_set_val),
                (c"map_set_vals", map_set_vals),
                (c"map_remove_key", map_remove_key),
                (c"map_remove_range", map_remove_range),
            ],
        );
    }
}
