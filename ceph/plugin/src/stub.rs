//! What the stubs call.

use std::ffi::{CStr, c_char, c_int};

use crate::{
    entry::{self, engine, guarded},
    hctx::Answer,
    osd::{self, ClassHandle},
    registry::Place,
    reopening, trampoline,
};

/// Makes the OSD know a method, while it opens a class on this thread.
fn tell(handle: ClassHandle, method: &str, flags: i32, place: Place) -> Answer<()> {
    handle.add_method(method, flags, trampoline::of(place))
}

/// # Safety
/// `name` is a C string.
unsafe fn text<'a>(name: *const c_char) -> &'a str {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default()
}

/// Registers class `name`, which the OSD is opening on this thread.
///
/// # Safety
/// Called by a stub with its own name, from `__cls_init`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn radula_ceph_register(name: *const c_char) -> c_int {
    guarded("registering a class", || {
        if reopening::is_reopening() {
            reopening::has_called();
            engine().register_waiting(tell);
            return 0;
        }
        // SAFETY: as the stub promises.
        let name = unsafe { text(name) };
        let handle = match ClassHandle::of_class_being_opened(name) {
            Ok(handle) => handle,
            Err(errno) => {
                osd::log(
                    0,
                    &format!("radula: the OSD refused to register class {name}"),
                );
                return errno.to_return();
            }
        };
        engine().register(name, handle, tell);
        0
    })
}

/// Whether class `name` is a Lua class, so that the OSD opens class `lua` first.
///
/// # Safety
/// Called by a stub with its own name.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn radula_ceph_needs_lua(name: *const c_char) -> c_int {
    guarded("looking at a class", || {
        if reopening::is_reopening() {
            return 0;
        }
        // SAFETY: as the stub promises.
        let name = unsafe { text(name) };
        c_int::from(engine().needs_lua(name))
    })
}

/// Ends the engine's threads; calls go on working.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn radula_ceph_stop() {
    guarded("stopping", || {
        if let Some(engine) = entry::opened() {
            engine.stop();
        }
        0
    });
}
