//! Host functions on the object.
//!
//! Safety, for every function of this file: `call` is the handle of a running call, pointers to results are null or
//! writable, and bytes are null or readable until the function returns. That is the contract in `objclass.h`, which class
//! code is trusted to keep; null is checked because it is the mistake that happens.

use bytes::Bytes;
use class_abi as abi;
use objclass::MethodFlags;

use crate::{
    boundary::{array, deliver, serve, slice},
    call::Function,
};

/// Defines host functions: `name as its name in objclass.h, the flag it needs, (arguments) |running| body`. The body is an
/// `unsafe` block under the contract above.
macro_rules! host_functions {
    ($($name:ident as $public:literal $needs:ident ($($argument:ident: $type:ty),*) |$running:ident| $body:expr;)*) => {$(
        pub(super) unsafe extern "C" fn $name(call: *mut abi::Call, $($argument: $type),*) -> i32 {
            // SAFETY: the contract at the head of this file, which the caller was given.
            unsafe { serve(call, host_functions!($public, $needs), |$running| $body) }
        }
    )*};
    ($public:literal, any) => { Function { name: $public, needs: MethodFlags::empty() } };
    ($public:literal, $needs:ident) => { Function { name: $public, needs: MethodFlags::$needs } };
}
pub(super) use host_functions;

host_functions! {
    stat as "objclass_stat" any(out: *mut abi::Stat) |running| {
        let stat = running.context.stat()?;
        deliver(out, abi::Stat { size: stat.size, mtime_ns: stat.mtime.0 })
    };

    read as "objclass_read" RD(offset: u64, length: u64, out: *mut abi::Bytes) |running| {
        let data = running.context.read()?.read(offset, length)?;
        deliver(out, running.hold(data))
    };

    getxattr as "objclass_getxattr" RD(name: abi::Bytes, out: *mut abi::Bytes) |running| {
        let value = running.context.read()?.xattr(slice(name)?)?;
        deliver(out, running.hold(value))
    };

    getxattrs as "objclass_getxattrs" RD(out: *mut abi::Pairs) |running| {
        let pairs = running.context.read()?.xattrs()?;
        deliver(out, running.hold_pairs(pairs, false))
    };

    omap_get_keys as "objclass_omap_get_keys" RD(
        start_after: abi::Bytes, max: u64, out: *mut abi::Keys
    ) |running| {
        let page = running.context.read()?.omap_keys(slice(start_after)?, max)?;
        deliver(out, running.hold_keys(page.entries, page.more))
    };

    omap_get_vals as "objclass_omap_get_vals" RD(
        start_after: abi::Bytes, prefix: abi::Bytes, max: u64, out: *mut abi::Pairs
    ) |running| {
        let page = running.context.read()?.omap_vals(slice(start_after)?, slice(prefix)?, max)?;
        deliver(out, running.hold_pairs(page.entries, page.more))
    };

    omap_get_val as "objclass_omap_get_val" RD(key: abi::Bytes, out: *mut abi::Bytes) |running| {
        let value = running.context.read()?.omap_val(slice(key)?)?;
        deliver(out, running.hold(value))
    };

    omap_get_vals_by_keys as "objclass_omap_get_vals_by_keys" RD(
        keys: *const abi::Bytes, count: usize, out: *mut abi::Pairs
    ) |running| {
        let keys = slices(keys, count)?;
        let pairs = running.context.read()?.omap_vals_by_keys(&keys)?;
        deliver(out, running.hold_pairs(pairs, false))
    };

    omap_get_header as "objclass_omap_get_header" RD(out: *mut abi::Bytes) |running| {
        let header = running.context.read()?.omap_header()?;
        deliver(out, running.hold(header))
    };

    create as "objclass_create" WR(exclusive: i32) |running| {
        running.context.write()?.create(exclusive != 0).map(|()| 0)
    };

    remove as "objclass_remove" WR() |running| {
        running.context.write()?.remove().map(|()| 0)
    };

    write as "objclass_write" WR(offset: u64, data: abi::Bytes) |running| {
        running.context.write()?.write(offset, copy(data)?).map(|()| 0)
    };

    write_full as "objclass_write_full" WR(data: abi::Bytes) |running| {
        running.context.write()?.write_full(copy(data)?).map(|()| 0)
    };

    replace as "objclass_replace" WR(offset: u64, data: abi::Bytes) |running| {
        running.context.write()?.replace(offset, copy(data)?).map(|()| 0)
    };

    truncate as "objclass_truncate" WR(size: u64) |running| {
        running.context.write()?.truncate(size).map(|()| 0)
    };

    zero as "objclass_zero" WR(offset: u64, length: u64) |running| {
        running.context.write()?.zero(offset, length).map(|()| 0)
    };

    setxattr as "objclass_setxattr" WR(name: abi::Bytes, value: abi::Bytes) |running| {
        running.context.write()?.set_xattr(slice(name)?, copy(value)?).map(|()| 0)
    };

    omap_set_vals as "objclass_omap_set_vals" WR(pairs: *const abi::Pair, count: usize) |running| {
        let mut writer = running.context.write()?;
        let entries = array(pairs, count)?
            .iter()
            .map(|pair| Ok((slice(pair.key)?, copy(pair.value)?)))
            .collect::<Result<Vec<_>, objclass::Errno>>()?;
        writer.omap_set(&entries).map(|()| 0)
    };

    omap_remove_keys as "objclass_omap_remove_keys" WR(keys: *const abi::Bytes, count: usize) |running| {
        let mut writer = running.context.write()?;
        writer.omap_remove(&slices(keys, count)?).map(|()| 0)
    };

    omap_remove_range as "objclass_omap_remove_range" WR(begin: abi::Bytes, end: abi::Bytes) |running| {
        running.context.write()?.omap_remove_range(slice(begin)?, slice(end)?).map(|()| 0)
    };

    omap_clear as "objclass_omap_clear" WR() |running| {
        running.context.write()?.omap_clear().map(|()| 0)
    };

    omap_set_header as "objclass_omap_set_header" WR(header: abi::Bytes) |running| {
        running.context.write()?.omap_set_header(copy(header)?).map(|()| 0)
    };
}

/// What a class wants written, copied: its memory is its own again when the function returns.
///
/// # Safety
/// As [`slice()`].
unsafe fn copy(bytes: abi::Bytes) -> Result<Bytes, objclass::Errno> {
    // SAFETY: the caller's promise.
    Ok(Bytes::copy_from_slice(unsafe { slice(bytes) }?))
}

/// A C array of keys.
///
/// # Safety
/// As [`array()`], and each key as [`slice()`].
unsafe fn slices<'x>(
    first: *const abi::Bytes,
    count: usize,
) -> Result<Vec<&'x [u8]>, objclass::Errno> {
    // SAFETY: the caller's promise.
    unsafe {
        array(first, count)?
            .iter()
            .map(|bytes| slice(*bytes))
            .collect()
    }
}
