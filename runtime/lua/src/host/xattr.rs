//! Extended attributes.

use std::ffi::c_int;

use bytes::Bytes;

use crate::{
    boundary::{State, check_string, object, push_slice, set_functions},
    buffer, ffi,
    parked::Slice,
    refusal::found,
};

unsafe extern "C-unwind" fn getxattr(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the name is an argument and stays.
    unsafe {
        let name = check_string(l, 1);
        let value = object(l, "getxattr", move |context, parked| {
            parked.bytes = context.read()?.xattr(name.bytes())?;
            Ok(Slice::of(&parked.bytes))
        });
        buffer::push_filled(l, value);
        1
    }
}

/// `find_xattr(name)`: as `getxattr`, nil where that finds nothing.
unsafe extern "C-unwind" fn find_xattr(l: State) -> c_int {
    // SAFETY: as `getxattr`.
    unsafe {
        let name = check_string(l, 1);
        let value = object(l, "find_xattr", move |context, parked| {
            let value = context.read()?.xattr(name.bytes());
            Ok(found(value)?.map(|value| {
                parked.bytes = value;
                Slice::of(&parked.bytes)
            }))
        });
        push_found(l, value)
    }
}

unsafe extern "C-unwind" fn getxattrs(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let count = object(l, "getxattrs", |context, parked| {
            parked.pairs = context.read()?.xattrs()?;
            Ok(parked.pairs.len())
        });
        push_pairs(l, count);
        1
    }
}

unsafe extern "C-unwind" fn setxattr(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; name and value are arguments and stay.
    unsafe {
        let name = check_string(l, 1);
        let value = buffer::check_bytes(l, 2);
        object(l, "setxattr", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.set_xattr(name.bytes(), Bytes::copy_from_slice(value.bytes()))?)
        });
        0
    }
}

/// Pushes a parked value as a buffer, nil when there is none. Answers how many were pushed.
///
/// # Safety
/// Raises; in the shape of `boundary`.
pub(super) unsafe fn push_found(l: State, value: Option<Slice>) -> c_int {
    // SAFETY: the value stays parked until the next host function.
    unsafe {
        match value {
            Some(value) => buffer::push_filled(l, value),
            None => ffi::lua_pushnil(l),
        }
    }
    1
}

/// Pushes the `count` parked entries as a table from key to buffer.
///
/// # Safety
/// Raises; in the shape of `boundary`.
pub(super) unsafe fn push_pairs(l: State, count: usize) {
    // SAFETY: the entries stay parked until the next host function; each is reached as `Copy` slices.
    unsafe {
        ffi::lua_createtable(l, 0, c_int::try_from(count).unwrap_or(0));
        for index in 0..count {
            let Some((key, value)) = parked_pair(l, index) else {
                return;
            };
            push_slice(l, key);
            buffer::push_filled(l, value);
            ffi::lua_rawset(l, -3);
        }
    }
}

/// One parked entry; raises nothing. The one before it is in the heap by now, and dropped here.
fn parked_pair(l: State, index: usize) -> Option<(Slice, Slice)> {
    // SAFETY: guest code is suspended, and the borrow ends here.
    let env = unsafe { &mut *crate::env::of(l) };
    let parked = &mut env.call()?.parked;
    if let Some(before) = index.checked_sub(1) {
        parked.pairs[before] = Default::default();
    }
    Some(parked.pair(index))
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
                (c"find_xattr", find_xattr),
                (c"getxattr", getxattr),
                (c"getxattrs", getxattrs),
                (c"setxattr", setxattr),
            ],
        );
    }
}
