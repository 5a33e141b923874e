//! What a script finds: the globals of Lua that are safe, and the tables of the object interface.

mod base;
pub(crate) mod ceph;
mod json;
mod msgpack;
mod object;
mod omap;
mod order;
mod register;
mod services;
mod typed;
mod xattr;

pub(crate) use register::push_handlers;
pub(crate) use typed::push as push_typed;

use objclass::Errno;

use crate::{
    boundary::{State, push_unsigned},
    buffer, ffi,
};

/// Error numbers cls_lua offers as positive integers, by name.
const ERRNOS: &[Errno] = Errno::ALL;

/// Fills a new state with everything a script may use.
///
/// # Safety
/// Raises; called in a C function of a fresh state whose frame holds only `Copy` values.
pub(crate) unsafe fn open(l: State) {
    // SAFETY: as the caller promises.
    unsafe {
        base::open(l);
        buffer::open(l);
        json::open(l);
        msgpack::open(l);
        ceph::open(l);
        // `cls` in the post that began it all, `objclass` in Ceph: one table.
        ffi::lua_createtable(l, 0, 96);
        for errno in ERRNOS {
            if let Some(name) = errno.name() {
                crate::boundary::push_str(l, name);
                push_unsigned(l, u64::from(errno.code().unsigned_abs()));
                ffi::lua_rawset(l, -3);
            }
        }
        register::open(l);
        object::open(l);
        xattr::open(l);
        omap::open(l);
        services::open(l);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setglobal(l, c"cls".as_ptr());
        ffi::lua_setglobal(l, c"objclass".as_ptr());
    }
}
