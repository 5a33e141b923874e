//! The object itself and its data: create, remove, stat, read, write and their relatives.

use std::ffi::c_int;

use bytes::Bytes;
use objclass::Errno;

use crate::{
    boundary::{State, check_unsigned, object, push_unsigned, set_functions},
    buffer, ffi,
    parked::Slice,
    refusal::found,
};

unsafe extern "C-unwind" fn create(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let exclusive = ffi::lua_toboolean(l, 1) != 0;
        object(l, "create", move |context, _| {
            Ok(context.write()?.create(exclusive)?)
        });
        0
    }
}

unsafe extern "C-unwind" fn remove(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        object(l, "remove", |context, _| Ok(context.write()?.remove()?));
        0
    }
}

unsafe extern "C-unwind" fn stat(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let stat = object(l, "stat", |context, _| Ok(context.stat()?));
        push_unsigned(l, stat.size);
        push_unsigned(l, stat.mtime.seconds());
        2
    }
}

/// Bytes of data that are on their way into the heap at once: what the host holds of them beside it.
const PIECE: u64 = 1 << 20;

/// `find_stat()`: as `stat`, nil where there is no object.
unsafe extern "C-unwind" fn find_stat(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        match object(l, "find_stat", |context, _| found(context.stat())) {
            Some(stat) => {
                push_unsigned(l, stat.size);
                push_unsigned(l, stat.mtime.seconds());
                2
            }
            None => {
                ffi::lua_pushnil(l);
                1
            }
        }
    }
}

unsafe extern "C-unwind" fn read(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the parked bytes stay until the next host function.
    unsafe {
        let offset = check_unsigned(l, "read", 1);
        let length = check_unsigned(l, "read", 2);
        let (found, mut rest) = read_piece(l, offset, length);
        if rest == 0 {
            buffer::push_filled(l, found);
            return 1;
        }
        let mut at = offset.saturating_add(found.len as u64);
        // Where the heap has no room for all of it the call ends before more is read.
        let whole = usize::try_from(rest).unwrap_or(usize::MAX);
        let buffer = buffer::push_new(l, whole.saturating_add(found.len));
        buffer::append(l, -1, buffer, found);
        while rest > 0 {
            let (piece, left) = read_piece(l, at, rest);
            buffer::append(l, -1, buffer, piece);
            at += piece.len as u64;
            rest = left;
        }
        1
    }
}

/// Reads a piece and parks it. Returns it, and how many bytes are left.
unsafe fn read_piece(l: State, offset: u64, length: u64) -> (Slice, u64) {
    // SAFETY: as the caller.
    unsafe {
        object(l, "read", move |context, parked| {
            let (bytes, rest) = context.read()?.read_piece(offset, length, PIECE)?;
            parked.bytes = bytes;
            Ok((Slice::of(&parked.bytes), rest))
        })
    }
}

/// Offset, length and bytes of a write; the length must be that of the bytes, as in the OSD.
unsafe fn check_extent(l: State, name: &'static str) -> (u64, Slice) {
    // SAFETY: as the callers.
    unsafe {
        let offset = check_unsigned(l, name, 1);
        let length = check_unsigned(l, name, 2);
        let bytes = buffer::check_bytes(l, 3);
        if length != bytes.len as u64 {
            crate::boundary::fail(l, name, Errno::EINVAL);
        }
        (offset, bytes)
    }
}

unsafe extern "C-unwind" fn write(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the bytes are an argument and stay.
    unsafe {
        let (offset, bytes) = check_extent(l, "write");
        object(l, "write", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.write(offset, Bytes::copy_from_slice(bytes.bytes()))?)
        });
        0
    }
}

unsafe extern "C-unwind" fn write_full(l: State) -> c_int {
    // SAFETY: as `write`.
    unsafe {
        let bytes = buffer::check_bytes(l, 1);
        object(l, "write_full", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.write_full(Bytes::copy_from_slice(bytes.bytes()))?)
        });
        0
    }
}

unsafe extern "C-unwind" fn replace(l: State) -> c_int {
    // SAFETY: as `write`.
    unsafe {
        let (offset, bytes) = check_extent(l, "replace");
        object(l, "replace", move |context, _| {
            let mut writer = context.write()?;
            Ok(writer.replace(offset, Bytes::copy_from_slice(bytes.bytes()))?)
        });
        0
    }
}

unsafe extern "C-unwind" fn truncate(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let size = check_unsigned(l, "truncate", 1);
        object(l, "truncate", move |context, _| {
            Ok(context.write()?.truncate(size)?)
        });
        0
    }
}

unsafe extern "C-unwind" fn zero(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`.
    unsafe {
        let offset = check_unsigned(l, "zero", 1);
        let length = check_unsigned(l, "zero", 2);
        object(l, "zero", move |context, _| {
            Ok(context.write()?.zero(offset, length)?)
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
                (c"create", create),
                (c"remove", remove),
                (c"stat", stat),
                (c"find_stat", find_stat),
                (c"read", read),
                (c"write", write),
                (c"write_full", write_full),
                (c"replace", replace),
                (c"truncate", truncate),
                (c"zero", zero),
            ],
        );
    }
}
