//! The host table: what a class can ask for.
//!
//! Every function here is called by class code with a handle and plain C values, checks what it can of them, and goes
//! through [`Context`](objclass::Context), where flags and limits are enforced. None lets a panic out.

mod object;
mod services;

use std::mem::size_of;

use class_abi as abi;

use crate::open;

/// The table every call carries.
pub(crate) static TABLE: abi::Host = abi::Host {
    size: size_of::<abi::Host>(),
    register_method: open::register_method,
    refuse: open::refuse_init,
    stat: object::stat,
    read: object::read,
    getxattr: object::getxattr,
    getxattrs: object::getxattrs,
    omap_get_keys: object::omap_get_keys,
    omap_get_vals: object::omap_get_vals,
    omap_get_val: object::omap_get_val,
    omap_get_vals_by_keys: object::omap_get_vals_by_keys,
    omap_get_header: object::omap_get_header,
    create: object::create,
    remove: object::remove,
    write: object::write,
    write_full: object::write_full,
    replace: object::replace,
    truncate: object::truncate,
    zero: object::zero,
    setxattr: object::setxattr,
    omap_set_vals: object::omap_set_vals,
    omap_remove_keys: object::omap_remove_keys,
    omap_remove_range: object::omap_remove_range,
    omap_clear: object::omap_clear,
    omap_set_header: object::omap_set_header,
    info: services::info,
    call: services::call,
    output: services::output,
    log: services::log,
    random: services::random,
    fail: services::fail,
    panic: services::panic,
    release: services::release,
    interrupted: services::interrupted,
};
